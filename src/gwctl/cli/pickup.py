"""When a running proxy acts on what was changed, in a sentence for each kind of thing and each thing done to it.

Sources: proxy/auth/auth_checks.py (what is cached, and for how long), proxy/proxy_server.py (add_deployment_job, which
polls every 30 seconds), the readers of each table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

CACHED = "A running proxy may act on what it knew for up to {} seconds."
POLLED = "A proxy that has store_model_in_db takes it up within 30 seconds"
POLLED_ALONE = f"{POLLED}."
AT_ONCE = "A running proxy acts on it at once."
RESTART = "A running proxy keeps it until it is started anew."

_CACHED = dict.fromkeys(("update", "delete"), CACHED.format(60))
_ALWAYS = ("create", "update", "delete")
_BY_POLL = dict.fromkeys(_ALWAYS, POLLED_ALONE)

SAID: dict[str, dict[str, str]] = {
    **dict.fromkeys(("key", "team", "user", "project", "customer", "tag", "budget"), _CACHED),
    "org": dict.fromkeys(_ALWAYS, AT_ONCE),
    "invitation": dict.fromkeys(_ALWAYS, AT_ONCE),
    "access_group": dict.fromkeys(("update", "delete"), CACHED.format(600)),
    "model": {
        "create": POLLED_ALONE,
        "update": f"{POLLED}; another name or model_info alone, when it starts anew.",
        "delete": f"{POLLED}; the last model's deletion, when it starts anew.",
    },
    **dict.fromkeys(("credential", "mcp", "agent", "policy", "tool"), _BY_POLL),
    "guardrail": {**_BY_POLL, "delete": RESTART},
    "prompt": {**_BY_POLL, "delete": RESTART},
    "search_tool": {**_BY_POLL, "delete": f"{POLLED}; the deletion of the last one, when it starts anew."},
    "vector_store": {
        "create": POLLED_ALONE,
        "update": "A running proxy that knows it acts on the change when somebody lists vector stores there.",
        "delete": AT_ONCE,
    },
    "vector_store_index": {**_BY_POLL, "delete": RESTART},
    "skill": dict.fromkeys(_ALWAYS, AT_ONCE),
    "plugin": dict.fromkeys(_ALWAYS, AT_ONCE),
    "setting": dict.fromkeys(
        ("create", "update"), f"{POLLED}, or when it starts anew: gwctl settings list tells which entry."
    ) | {"delete": RESTART},
    "ui_setting": dict.fromkeys(_ALWAYS, CACHED.format(600)),
    **{kind: {**_BY_POLL, "delete": RESTART} for kind in ("cache_setting", "sso_setting")},
    "config_override": _BY_POLL,
    **{kind: {"delete": "A running proxy may go on with it while it has it in its cache."}
       for kind in ("file", "batch", "managed_vector_store")},
}  # fmt: skip
"""By kind and what is done. Of what is new to a proxy that caches, nothing has to be said: it asks the database."""

UNSEEN = frozenset({"health_check", "cron_job", "error"})
"""What a proxy writes down and never acts on."""


def notes(done: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What to tell of these pairs of kind and action, each sentence once and with the kinds that it is about where
    there are several."""
    by_note: dict[str, list[str]] = {}
    for kind, action in sorted(done):
        note = SAID.get(kind, {}).get(action)
        if note and kind not in by_note.setdefault(note, []):
            by_note[note].append(kind)
    for note, kinds in by_note.items():
        listed = ", ".join(kind.replace("_", " ") for kind in kinds)
        yield note if len(by_note) == 1 else f"{listed}: {note}"
