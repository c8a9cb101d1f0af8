"""Plans for people: grouped by kind, `+ ~ -`, each field old → new, a summary; and as JSON, YAML or Markdown."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from textwrap import indent
from typing import TYPE_CHECKING, Any

from gwctl.cli import options, text
from gwctl.cli.options import PLAN_FORMATS
from gwctl.cli.render import drift as by_hand
from gwctl.cli.render import machine, values
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.cli.session import Session
    from gwctl.core.plan import Plan, Step
    from gwctl.questions.drift import Author

Drift = Sequence[tuple["Step", "Author"]]
"""Steps of a plan, each with who made it necessary."""

SIGNS = {"create": "+", "update": "~", "delete": "-", "version": "^"}
COLOURS = {"create": "32", "update": "33", "delete": "31", "version": "36"}


def show(plan: Plan, *, output: str, session: Session, drift: Drift = ()) -> None:
    """Writes a plan to stdout."""
    match output:
        case "json":
            sys.stdout.writelines(_json(plan, drift))
        case "yaml":
            sys.stdout.writelines(_yaml(plan, drift))
        case "markdown":
            sys.stdout.writelines(f"{line}\n" for line in chain(markdown(plan), _by_whom(drift)))
        case "table" | "wide":
            told = chain(lines(plan, colour=session.terminal.colour), _by_whom(drift))
            sys.stdout.writelines(f"{line}\n" for line in told)
        case _:
            raise Usage(f"a plan has no form {output!r}", f"It is one of: {', '.join(PLAN_FORMATS)}.")


def _by_whom(drift: Drift) -> Iterator[str]:
    if drift:
        yield ""
        yield "By hand since it was applied:"
    for step, author in drift:
        yield f"  {step.kind} {text.printable(step.name)}: {by_hand.sentence(author)}"


def _rest(plan: Plan, drift: Drift) -> dict[str, Any]:
    """What stands beside the changes; who changed things by hand only where somebody did."""
    told = [{"kind": step.kind, "name": step.name, "changed_by": by_hand.as_json(one)} for step, one in drift]
    return {"summary": plan.summary, "checksum": plan.checksum} | ({"drift": told} if told else {})


def _json(plan: Plan, drift: Drift) -> Iterator[str]:
    """One object, its changes as they come: they may be many."""
    yield '{\n  "changes": ['
    separator = "\n"
    for step in plan.steps:
        yield separator + indent(values.to_json(step.as_json(), indent=2), "    ")
        separator = ",\n"
    rest = values.to_json(_rest(plan, drift), indent=2)
    yield ("\n  ]," if plan else "],") + rest.removeprefix("{") + "\n"


def _yaml(plan: Plan, drift: Drift) -> Iterator[str]:
    yield "changes:\n" if plan else "changes: []\n"
    if plan:
        yield from machine.yaml_sequence(step.as_json() for step in plan.steps)
    yield from machine.yaml_mapping(_rest(plan, drift))


def lines(plan: Plan, *, colour: bool = False) -> Iterator[str]:
    kind = None
    for step in plan.shortened(options.MOST_CREATED):
        if isinstance(step, int):
            yield f"  {_more(step)}"
            continue
        if step.kind != kind:
            yield f"{step.kind}:"
        kind = step.kind
        yield from _step(step, colour)
    yield summary(plan)


def _more(count: int) -> str:
    return f"… and {count:,} more to create; -o json tells all of them"


def _step(step: Step, colour: bool) -> Iterator[str]:
    sign = f"{SIGNS[step.action]} {text.printable(step.name)}"
    yield f"  \x1b[{COLOURS[step.action]}m{sign}\x1b[0m" if colour else f"  {sign}"
    for name, (old, new) in step.fields.items():
        shown = _value(new) if step.action == "create" else f"{_value(old)} → {_value(new)}"
        yield f"      {name}: {shown}"
    for table, action, count in step.effects:
        yield f"      ({action} {count} in {table})"


def summary(plan: Plan) -> str:
    if not plan:
        return "No changes."
    counts = plan.summary
    parts = [f"{counts[action]} to {action}" for action in ("create", "update", "delete") if counts[action]]
    return f"{', '.join(parts)}, {counts['unchanged']} unchanged. Checksum {plan.checksum}."


def markdown(plan: Plan) -> Iterator[str]:
    """For a pull request's comment."""
    yield f"**gwctl plan**: {summary(plan)}"
    if plan:
        yield ""
        yield "```diff"
        for step in plan.shortened(options.MOST_CREATED):
            yield from (_more(step),) if isinstance(step, int) else _in_markdown(step)
        yield "```"


def _in_markdown(step: Step) -> Iterator[str]:
    yield f"{SIGNS[step.action].replace('~', '!')} {step.kind} {text.printable(step.name)}"
    for name, (old, new) in step.fields.items():
        yield f"  {name}: {_value(new) if step.action == 'create' else f'{_value(old)} → {_value(new)}'}"


def _value(value: Any) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, str):
        return text.printable(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return text.printable(", ".join(value)) or "[]"
    return text.printable(json.dumps(value, ensure_ascii=False, default=str))
