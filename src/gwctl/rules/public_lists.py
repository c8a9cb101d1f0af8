"""Lists in the proxy's settings of what everybody is shown: MCP servers, agents.

Source: proxy/public_endpoints; they lie in the row litellm_settings of LiteLLM_Config.
"""

from __future__ import annotations

from collections.abc import Mapping

from gwctl.core.change import Change
from gwctl.core.stage import Stage

CONFIG = "LiteLLM_Config"


def change(stage: Stage, name: str, ids: Mapping[str, tuple[str | None, Change]]) -> None:
    """Takes ids out of a list, or puts others in their place."""
    row = stage.get(CONFIG, "litellm_settings", change=True)
    settings = row.object("param_value") if row is not None else {}
    public = settings.get(name)
    if row is None or not isinstance(public, list) or not any(one in ids for one in public):
        return
    cause = next(ids[one][1] for one in public if one in ids)
    new = [ids[one][0] if one in ids else one for one in public]
    left = [one for one in dict.fromkeys(new) if one is not None]
    stage.update(row, {"param_value": {**settings, name: left}}, cause=cause)
