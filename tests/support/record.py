"""The schema of record as data, from the models: what src/gwctl/schema/record.json must hold.

Run it to write that file anew after the models changed.
"""

from __future__ import annotations

import json
from pathlib import Path

from gwctl.core import structure

FILE = Path(structure.__file__).parents[1] / "schema" / "record.json"


def text() -> str:
    """One line for each column, so that a change of the models shows as what it is."""
    found = structure.of_record()
    references: dict[str, list[list[str]]] = {}
    for key in found.foreign_keys:
        ends = zip(key.columns, key.target_columns, strict=True)
        references.setdefault(key.table, []).extend([column, key.target, target] for column, target in ends)
    lines = []
    for name, table in found.tables.items():
        columns = [
            f"      {json.dumps(column)}: {json.dumps([shape.type, shape.nullable, shape.default])}"
            for column, shape in table.columns.items()
        ]
        lines.append(
            f"  {json.dumps(name)}: {{\n"
            f'    "key": {json.dumps(table.primary_key)},\n'
            f'    "references": {json.dumps(sorted(references.get(name, [])))},\n'
            '    "columns": {\n' + ",\n".join(columns) + "\n    }\n  }"
        )
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
