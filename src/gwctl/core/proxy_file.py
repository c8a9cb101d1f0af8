"""A proxy's own configuration file, read as the proxy reads it: YAML, with further files named under `include`.

Source: proxy/proxy_server.py: get_config, _process_includes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gwctl.errors import Invalid, Problem


def read(path: Path) -> dict[str, Any]:
    """The sections of a configuration file, those of the files that it includes among them. Raises Invalid."""
    found = _document(path)
    for name in found.pop("include", None) or ():
        more = _document(path.parent / str(name))
        for section, value in more.items():
            known = found.get(section)
            if isinstance(known, list) and isinstance(value, list):
                found[section] = [*known, *value]
            else:
                found[section] = value
    return found


def _document(path: Path) -> dict[str, Any]:
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"cannot read {path}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        problem = Problem(str(getattr(error, "problem", None) or "no YAML"), str(path), line, column)
        raise Invalid(str(problem), "It should be the proxy's config.yaml.", [problem]) from None
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise Invalid(f"{path} is no configuration of a proxy: it should hold sections by name")
    return found
