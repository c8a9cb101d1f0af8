"""Names of policies in the places that hold them: all versions, attachments, heirs, keys, teams and users.

None of these is a foreign key: the gateway passes over a name that stands for nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.rules.attachments import ATTACHMENTS
from gwctl.rules.named_lists import in_metadata
from gwctl.rules.policy_states import POLICIES

OWNERS = ("LiteLLM_VerificationToken", "LiteLLM_TeamTable")
"""Tables whose `metadata.policies` the gateway resolves by itself."""
LISTED = (*OWNERS, "LiteLLM_UserTable")
"""Tables with a column `policies`."""
AUDITED = {"LiteLLM_VerificationToken", "LiteLLM_TeamTable", "LiteLLM_UserTable"}


def rename(stage: Stage, changes: Sequence[Change]) -> None:
    """Another name for a policy: for all its versions, wherever it is named. The versions stay what they are."""
    for change in changes:
        assert change.row is not None
        old, new = change.row["policy_name"], change.columns.pop("policy_name")
        for row in stage.load(POLICIES, "policy_name", [old], change=True):
            stage.update(row, {"policy_name": new, "updated_by": stage.unit.actor}, cause=change)
        replace(stage, {old: (new, change)})


def replace(stage: Stage, names: Mapping[str, tuple[str, Change]], going: Collection[str] = ()) -> None:
    """Another name in every place but the policy's own versions. `going`: versions that are to be deleted."""
    for row in stage.load(POLICIES, "inherit", names, change=True):
        new, change = names[row["inherit"]]
        if row["policy_id"] not in going:
            stage.update(row, {"inherit": new, "updated_by": stage.unit.actor}, cause=change)
    for row in stage.load(ATTACHMENTS, "policy_name", names, change=True):
        new, change = names[row["policy_name"]]
        stage.update(row, {"policy_name": new}, cause=change)
    _replace(stage, dict(names))


def forget(stage: Stage, gone: Mapping[str, Change]) -> None:
    """Policies that go are named by nothing any more."""
    _replace(stage, {name: (None, change) for name, change in gone.items()})


def _replace(stage: Stage, names: Mapping[str, tuple[str | None, Change]]) -> None:
    for table in LISTED:
        for row in stage.load(table, "policies", names, change=True):
            held = row.items("policies")
            _put(stage, row, {"policies": _replaced(held, names)}, _cause(held, names))
    for table in OWNERS:
        for row in in_metadata(stage, table, "policies", names):
            metadata = row.object("metadata")
            values = {"metadata": {**metadata, "policies": _replaced(metadata["policies"], names)}}
            _put(stage, row, values, _cause(metadata["policies"], names))


def _put(stage: Stage, row: Row, values: Mapping[str, Any], cause: Change) -> None:
    stage.update(row, values, cause=cause, audited="updated" if row.table in AUDITED else None)


def _replaced(held: Sequence[str], names: Mapping[str, tuple[str | None, Change]]) -> list[str]:
    found = [names[one][0] if one in names else one for one in held]
    return list(dict.fromkeys(one for one in found if one is not None))


def _cause(held: Sequence[str], names: Mapping[str, tuple[str | None, Change]]) -> Change:
    return next(names[one][1] for one in held if one in names)
