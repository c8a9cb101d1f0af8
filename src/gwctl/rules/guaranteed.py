"""Guaranteed throughput: what is promised to keys of one team or organisation must fit into what it has.

Source: proxy/management_endpoints/key_management_endpoints.py, the checks of generate and update. Limits are summed
over the other keys, those earlier in the same batch included; keys without a limit do not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.rules import bounds

KEYS = "LiteLLM_VerificationToken"
WORD = "guaranteed_throughput"
LIMITS = {"tpm_limit": ("model_tpm_limit", "tpm_limit_type"), "rpm_limit": ("model_rpm_limit", "rpm_limit_type")}


def check(
    stage: Stage, changes: Iterable[Change], column: str, owners: Mapping[str, Row], limits: Mapping[str, Row | None]
) -> None:
    """Refuses changes of keys that promise more than an owner has.

    `column`: the key's column that names the owner; `owners`: the owners' rows by id, whose metadata holds limits for
    each model; `limits`: the rows that hold their own tpm_limit and rpm_limit.
    """
    asked = [change for change in changes if _promises(change) and change.value(column) in owners]
    others: dict[str, list[Row]] = defaultdict(list)
    for row in stage.load(KEYS, column, {change.value(column) for change in asked}):
        others[row[column]].append(row)
    earlier: dict[str, list[Change]] = defaultdict(list)
    for change in asked:
        change.lasting = True
        owner = change.value(column)
        held = [_limits_of(row) for row in others[owner] if row is not change.row] + [
            _limits_of(one) for one in earlier[owner]
        ]
        for message in _broken(_limits_of(change), held, owners[owner], limits.get(owner)):
            hint = "Lower the limit, raise the owner's, or ask for best_effort_throughput."
            bounds.exceed(stage, change, message, "tpm_limit", hint=hint)
        earlier[owner].append(change)


def _promises(change: Change) -> bool:
    return WORD in (change.fields.get("tpm_limit_type"), change.fields.get("rpm_limit_type"))


def _limits_of(one: Row | Change) -> dict[str, Any]:
    value = one.value if isinstance(one, Change) else one.__getitem__
    metadata = value("metadata") or {}
    return {name: value(name) for name in LIMITS} | {name: metadata.get(name) or {} for name, _ in LIMITS.values()}


def _broken(new: Mapping[str, Any], held: list[dict[str, Any]], owner: Row, own: Row | None) -> Iterable[str]:
    metadata = owner.object("metadata")
    for limit, (per_model, _) in LIMITS.items():
        total = own[limit] if own else None
        for model, value in new[per_model].items():
            promised = sum(one[per_model].get(model) or 0 for one in held) + value
            bound = total if total is not None and promised > total else (metadata.get(per_model) or {}).get(model)
            if bound is not None and promised > bound:
                yield f"{limit} of {model}: {promised} would be promised, and there are {bound}"
        if new[limit] is not None and total is not None:
            promised = sum(one[limit] or 0 for one in held) + new[limit]
            if promised > total:
                yield f"{limit}: {promised} would be promised, and there are {total}"
