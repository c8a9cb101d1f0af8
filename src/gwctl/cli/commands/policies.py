"""gwctl policies: what every entity has, versions, attachments, and what applies to whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import crud, deeds, render
from gwctl.cli import session as sessions
from gwctl.cli.commands import policy_targets
from gwctl.cli.fields import option
from gwctl.cli.options import OptionalOutput
from gwctl.cli.render import Column, Kind
from gwctl.cli.signatures import DRY_RUN, OUTPUT, YES, add, one_name
from gwctl.cli.versions import add_versions
from gwctl.cli.work import Work, kinds, place

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Row, Stage
    from gwctl.core.unit import Unit
    from gwctl.questions.policies import Resolution

app = crud.build("policy")
POLICY = kinds().entity("policy")
policy_targets.add_commands(app, POLICY)

VERSIONS = [
    Column("policy_id", Kind.NAME), Column("version_number", Kind.COUNT), Column("version_status"),
    Column("is_latest", Kind.FLAG), Column("created_at", Kind.TIME), Column("published_at", Kind.TIME),
    Column("production_at", Kind.TIME), Column("parent_version_id", Kind.NAME, wide=True),
    Column("created_by", wide=True), Column("updated_by", wide=True),
]  # fmt: skip
add_versions(app, POLICY, VERSIONS)


@app.command("compare")
def compare(
    one: Annotated[str, typer.Argument(metavar="POLICY", help="NAME@N, or NAME for the one in production.")],
    other: Annotated[str, typer.Argument(metavar="POLICY", help="Another, likewise.")],
    output: OptionalOutput = None,
) -> None:
    """Show what differs between two versions, or two policies.

    Example: gwctl policies compare eu@1 eu@2
    """
    from gwctl.core import references, unit
    from gwctl.core.stage import Stage
    from gwctl.questions import policies

    with unit.reading(place()) as opened:
        stage = Stage(opened)
        rows = policies.compared(*(references.one(stage, POLICY, name) for name in (one, other)))
    columns = [Column("field"), Column("old", Kind.JSON), Column("new", Kind.JSON)]
    session, empty = sessions.current(), "They say the same."
    render.listing(rows, columns, output=output or "table", identity="field", session=session, empty=empty)


Plan = Callable[["Stage", "Row", str], Sequence["Change"]]


def _deed(name: str, plan: Plan, *, yes: bool, dry_run: bool, output: str | None, question: str = "") -> None:
    def planned(unit: Unit, stage: Stage) -> Sequence[Change]:
        [row] = deeds.chosen(unit, stage, POLICY, [name], {})
        return plan(stage, row, name)

    asks = bool(question)
    deeds.deed(POLICY, Work(planned), output=output, dry_run=dry_run, yes=yes, asks=asks, question=question)


def _new_version(name: str, yes: bool, dry_run: bool, output: str | None) -> None:
    from gwctl.operations import policy_versions as versions

    def plan(stage: Stage, row: Row, said: str) -> Sequence[Change]:
        return versions.new_version(stage, POLICY, row, said)

    _deed(name, plan, yes=yes, dry_run=dry_run, output=output)


def _stepping(verb: str, question: str = "") -> Callable[..., None]:
    def run(name: str, yes: bool, dry_run: bool, output: str | None) -> None:
        from gwctl.operations import policy_versions as versions

        def plan(stage: Stage, row: Row, said: str) -> Sequence[Change]:
            return versions.STEPS[verb](stage, POLICY, versions.meant(stage, POLICY, row, said, verb))

        _deed(name, plan, yes=yes, dry_run=dry_run, output=output, question=question)

    return run


STEP = [one_name(POLICY), YES, DRY_RUN, OUTPUT]
add(app, "new-version", _new_version, STEP,
    "Make a draft of the version in production, or of NAME@N.\n\nExample: gwctl policies new-version eu")  # fmt: skip
add(app, "publish", _stepping("publish"), STEP,
    "Fix a draft: the newest, or NAME@N.\n\nExample: gwctl policies publish eu@2")  # fmt: skip
add(app, "promote", _stepping("promote"), STEP,
    "Put a published version in force, the newest or NAME@N, in the place of the one that is.\n\n"
    "Example: gwctl policies promote eu@2")  # fmt: skip
add(app, "demote", _stepping("demote", "Switch off"), STEP,
    "Take the version in production out of force; the policy is then off. The gateway itself cannot.\n\n"
    "Example: gwctl policies demote eu --yes")  # fmt: skip


def _resolve(
    team: str | None,
    key: str | None,
    model: str | None,
    tag: list[str] | None,
    policy: list[str] | None,
    output: str | None,
) -> None:
    from gwctl.core import unit
    from gwctl.core.stage import Stage
    from gwctl.questions import policies

    with unit.reading(place()) as opened:
        who = policies.asker(Stage(opened), team, key)
        found = policies.resolve(opened, who, model=model, tags=tag or [], requested=policy or [])
        licensed = opened.settings.options.licensed
    _warn(found, licensed=licensed)
    _show(policies.as_json(found), output)


def _warn(found: Resolution, *, licensed: bool) -> None:
    session = sessions.current()
    if (found.asker.policies or found.asker.guardrails) and not licensed:
        session.warn("metadata of the key or team names policies or guardrails: without a licence the proxy refuses "
                     "every request of it with 403")  # fmt: skip
    if found.outcome.fallback:
        session.warn("no attached policy applies, upon which the gateway takes parents and pipelines of all that are "
                     "attached; its endpoint /policies/resolve does not show them")  # fmt: skip
    for name in found.outcome.guardrails:
        if name not in found.loaded:
            session.warn(f"there is no guardrail {name!r} in the database; unless the proxy's own file defines it, "
                         "nothing runs")  # fmt: skip


def _show(found: dict[str, Any], output: str | None) -> None:
    session = sessions.current()
    if output in ("json", "yaml", "jsonl"):
        columns = [Column(name, Kind.JSON) for name in found]
        render.one(found, columns, output=output, identity="context", session=session)
        return
    columns = [Column("kind"), Column("name", Kind.NAME), Column("applies", Kind.FLAG), Column("why")]
    empty = "No policy and no guardrail applies."
    render.listing(_rows(found), columns, output=output or "table", identity="name", session=session, empty=empty)


def _rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    """One line for each policy and guardrail, with its reason."""
    rows = [
        {"kind": "policy", "name": one["policy_name"], "applies": one["applies"],
         "why": one["matched_via"] + (f"; {one['why_not']}" if one["why_not"] else "")}
        for one in found["policies"]
    ]  # fmt: skip
    rows += [{"kind": "policy", "name": one["policy_name"], "applies": one["in_production"], "why": "metadata"}
             for one in found["metadata_policies"]]  # fmt: skip
    rows += [{"kind": "guardrail", "name": one["guardrail"], "applies": True, "why": ", ".join(one["sources"])}
             for one in found["guardrails"]]  # fmt: skip
    rows += [{"kind": "pipeline", "name": rail, "applies": True, "why": f"step {number} of {one['policy_name']}"}
             for one in found["pipelines"] for number, rail in enumerate(one["guardrails"], 1)]  # fmt: skip
    rows += [{"kind": "guardrail", "name": one, "applies": True, "why": "default_on"} for one in found["default_on"]]
    return rows


add(app, "resolve",
    _resolve,
    [
        option("team", str, "--team", "TEAM", "The team whose request it is; that of the key if it is left out."),
        option("key", str, "--key", "KEY", "The key that the request bears."),
        option("model", str, "--model", "MODEL", "The model as the request names it."),
        option("tag", list[str], "--tag", "TAG", "A tag of the request. Repeats."),
        option("policy", list[str], "--policy", "POLICY", "A policy that the request names itself. Repeats."),
        OUTPUT,
    ],
    "Show which policies and guardrails apply to a request, and why.\n\n"
    "Example: gwctl policies resolve --team research --model gpt-4o --tag eu")  # fmt: skip
