"""Options and steps that apply, diff, validate and export share."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli.work import kinds
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.cli.progress import Progress
    from gwctl.core.judging import Manifest

FORMATS = ("yaml", "jsonl", "csv")

_FILES = typer.Option(
    "--file",
    "-f",
    metavar="FILE|FOLDER|-",
    help="A manifest: YAML, JSON, JSON Lines or CSV; a folder of them; - for stdin. Repeats.",
    show_default=False,
)
Files = Annotated[list[str], _FILES]
OptionalFiles = Annotated[list[str] | None, _FILES]
Kind = Annotated[
    str | None,
    typer.Option("--kind", metavar="GROUP", help="What JSON Lines and CSV hold, as keys.", show_default=False),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="|".join(FORMATS), help="What stdin is; YAML if nothing is said.", show_default=False
    ),
]


SetName = Annotated[
    str | None,
    typer.Option("--set", metavar="NAME", help="Note that this set owns what the manifests name.", show_default=False),
]
Prune = Annotated[bool, typer.Option("--prune", help="Delete what the set applied earlier and no longer names.")]


def refuse_prune_without_set(set_name: str | None, prune: bool) -> None:
    if prune and not set_name:
        raise Usage("--prune needs --set NAME", "It deletes only what that set applied earlier.")


def read(files: list[str], form: str | None, kind: str | None, progress: Progress | None = None) -> Manifest:
    """Reads and judges manifests; what is wrong is in its `problems`."""
    from gwctl.core import judging
    from gwctl.core.manifest import Reader

    if form is not None and form not in FORMATS:
        raise Usage(f"--format {form!r} is not a format", f"It is one of: {', '.join(FORMATS)}.")
    if kind is not None and kinds().of_group(kind) is None:
        raise Usage(f"--kind {kind!r} is no group", f"It is one of: {', '.join(kinds().groups())}.")
    if kind is not None:
        entity = kinds().of_group(kind)
        kind = entity.group if entity else kind
    stdin = sys.stdin.buffer if "-" in files and hasattr(sys.stdin, "buffer") else sys.stdin
    reader = Reader(files, stdin=stdin, format=form, kind=kind)
    if progress is None:
        return judging.judge(reader, kinds())
    progress.begin("reading")
    return judging.judge(reader, kinds(), seen=progress.seen)
