"""What only the proxy's own configuration says of new keys: what they get without asking, and the most they may have.

Source: proxy/management_endpoints/key_management_endpoints.py, _common_key_generation_helper, which reads
`default_key_generate_params` and `upperbound_key_generate_params` of litellm_settings. A context repeats them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from gwctl import durations
from gwctl.core.change import Change
from gwctl.core.unit import Unit

NUMBERS = ("max_budget", "max_parallel_requests", "tpm_limit", "rpm_limit")
EMPTY: Mapping[str, Any] = {"models": [], "metadata": {}}
"""What counts as nothing said, beside null."""


def hold(unit: Unit, changes: Iterable[Change]) -> None:
    """Gives new keys what they do not say, and refuses what is above a bound. A context that is silent does neither."""
    options = unit.settings.options
    given, bounds = options.default_key_generate_params, options.upperbound_key_generate_params
    if not given and not bounds:
        return
    for change in changes:
        for name, value in given.items():
            _fill(change, name, value)
        for name, bound in bounds.items():
            _fill(change, name, bound)
        _within(unit, change, bounds)


def _fill(change: Change, name: str, value: Any) -> None:
    if name == "duration":
        if change.fields.get("duration") is None and change.fields.get("expires") is None:
            change.fields["duration"] = value
    elif change.columns.get(name) in (None, EMPTY.get(name)):
        change.columns[name] = value


def _within(unit: Unit, change: Change, bounds: Mapping[str, Any]) -> None:
    for name in NUMBERS:
        if name in bounds and change.columns[name] > bounds[name]:
            _refuse(change, name, f"{change.columns[name]:g}", f"{bounds[name]:g}")
    for name in ("budget_duration", "duration"):
        if name not in bounds:
            continue
        latest, moment = durations.add(bounds[name], unit.now), _moment(unit, change, name)
        if moment > latest:
            said = change.columns.get(name) or change.fields.get(name) or moment.isoformat(timespec="seconds")
            _refuse(change, "expires" if change.fields.get("expires") else name, said, bounds[name])


def _moment(unit: Unit, change: Change, name: str) -> datetime:
    """When a period or life that begins now would end."""
    if name == "budget_duration":
        return durations.add(change.columns[name], unit.now)
    expires: datetime | None = change.fields.get("expires")
    return expires if expires is not None else durations.add(change.fields["duration"], unit.now)


def _refuse(change: Change, name: str, value: str, bound: str) -> None:
    change.refuse(
        f"{name} {value} is above {bound}, the most that the proxy's configuration gives a key",
        name,
        hint="The context's upperbound_key_generate_params says so.",
    )
