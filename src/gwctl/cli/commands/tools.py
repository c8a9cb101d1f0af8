"""gwctl tools: what proxies have seen of tools, and what may be done with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gwctl.cli import deeds, kept
from gwctl.cli.fields import judged, option
from gwctl.cli.signatures import DRY_RUN, OUTPUT, YES, add, one_name
from gwctl.cli.work import Work, kinds
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit
    from gwctl.describe import Entity

app = kept.build("tool")
TOOL = kinds().entity("tool")


def _set_policy(
    name: str,
    input_policy: str | None,
    output_policy: str | None,
    key: str | None,
    team: str | None,
    yes: bool,
    dry_run: bool,
    output: str | None,
) -> None:
    from gwctl.operations import tool_policies

    wanted = judged(TOOL, {"input_policy": input_policy, "output_policy": output_policy})
    if not wanted:
        raise Usage("which policy?", "Give --input-policy or --output-policy.")
    owner = _owner(key, team)
    if owner is not None and (output_policy or input_policy == "trusted"):
        raise Usage("for one key or team a tool can be blocked, or untrusted again, and nothing else")

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        if owner is None:
            return tool_policies.set_policy(stage, TOOL, name, wanted)
        entity, whose = owner
        [row] = deeds.chosen(unit, stage, entity, [whose], {})
        step = tool_policies.block if input_policy == "blocked" else tool_policies.unblock
        return step(stage, entity, row, name)

    shown = owner[0] if owner else TOOL
    named = [owner[1]] if owner else [name]
    deeds.deed(shown, Work(plan), output=output, dry_run=dry_run, names=named, yes=yes, asks=False)


def _owner(key: str | None, team: str | None) -> tuple[Entity, str] | None:
    """For whom it is: one key, one team, or everybody. Raises Usage for two."""
    if key and team:
        raise Usage("--key and --team: name one of them")
    if key:
        return kinds().entity("key"), key
    return (kinds().entity("team"), team) if team else None


add(app, "set-policy",
    _set_policy,
    [
        one_name(TOOL),
        option("input_policy", str, "--input-policy", "trusted|untrusted|blocked", TOOL.fields["input_policy"].help),
        option("output_policy", str, "--output-policy", "trusted|untrusted", TOOL.fields["output_policy"].help),
        option("key", str, "--key", "KEY", "For this key alone: blocked, or untrusted again."),
        option("team", str, "--team", "TEAM", "For this team alone: blocked, or untrusted again."),
        YES, DRY_RUN, OUTPUT,
    ],
    "Say what may be done with a tool. It counts where the proxy runs the guardrail tool_policy.\n\n"
    "Example: gwctl tools set-policy github-delete_repo --input-policy blocked --team research")  # fmt: skip
