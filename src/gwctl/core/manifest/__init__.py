"""Manifests: what YAML, JSON, JSON Lines and CSV files say, as a stream of entries of any group.

Knows no entity: whether a group exists and what a field may hold is for the caller to judge. Promises that memory does
not grow with the number of entries, that no input makes it raise anything but `Invalid`, and that a file's values come
out as they are written or are reported. An entry knows where it begins; the place of a field is found by reading the
entry again, which happens only when something is wrong with it.
"""

from gwctl.core.manifest.entry import Entry, Source
from gwctl.core.manifest.given import names_secret, resolve_secret
from gwctl.core.manifest.json_lines import Stretch
from gwctl.core.manifest.place import Position
from gwctl.core.manifest.reader import Part, Reader, read
from gwctl.core.manifest.table import split_cell

__all__ = [
    "Entry",
    "Part",
    "Position",
    "Reader",
    "Source",
    "Stretch",
    "names_secret",
    "read",
    "resolve_secret",
    "split_cell",
]
