"""A proxy's own configuration file as a manifest: what it defines there, the database can hold.

Secrets are not carried over: a text that is one becomes `{env: NAME}`, to be set when the manifest is applied, where
the field can take that, and is left out where it cannot. What only names an environment variable of the proxy
(`os.environ/…`) stays: the proxy resolves it as it does in its file.
Sources: proxy/proxy_server.py: load_config; proxy/_experimental/mcp_server/mcp_server_manager.py:
load_servers_from_config; proxy/litellm_pre_call_utils.py: default_team_settings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gwctl import secrets
from gwctl.core.kinds import Kinds
from gwctl.describe import Entity, Inside, Sealed

Data = dict[str, Any]

ELSEWHERE = frozenset({"include", "environment_variables"})
"""Sections of which nothing needs to be said: files that were read along, variables of the proxy's own."""
MCP_NAMES = {"access_groups": "mcp_access_groups"}
MCP_CREDENTIALS = frozenset({
    "auth_value", "client_id", "client_secret", "scopes", "aws_access_key_id", "aws_secret_access_key",
    "aws_session_token", "aws_region_name", "aws_service_name",
})  # fmt: skip


@dataclass
class Converted:
    """A manifest, and what a person should know of what it could not say."""

    manifest: dict[str, list[Data]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def manifest(config: Mapping[str, Any], kinds: Kinds) -> Converted:
    """The manifest of a configuration, in the order of its sections."""
    result = Converted()
    for section, value in _with_attachments(result, config).items():
        if section == "litellm_settings" and isinstance(value, dict) and value.get("default_team_settings"):
            _section(result, kinds, "default_team_settings", value["default_team_settings"])
        if section in SECTIONS and value:
            _section(result, kinds, section, value)
        elif section.endswith("_settings"):
            result.notes.append(f"{section} is not converted: gwctl settings diff compares it with the database")
        elif value and section not in ELSEWHERE:
            result.notes.append(f"{section} is not converted: it stays in the file")
    return result


def _with_attachments(result: Converted, config: Mapping[str, Any]) -> Data:
    """The configuration with the attachments of policies at the policies, where the database's manifest has them."""
    found = dict(config)
    policies = found.get("policies")
    if not isinstance(policies, dict):
        return found
    found["policies"] = policies = {name: dict(one or {}) for name, one in policies.items()}
    for one in _objects(found.pop("policy_attachments", None)):
        name = one.pop("policy", None)
        if name in policies:
            policies[name].setdefault("attachments", []).append(one)
        else:
            result.notes.append(f"an attachment of policy {name!r} is left out: the file has no such policy")
    return found


def _section(result: Converted, kinds: Kinds, section: str, value: Any) -> None:
    name, read = SECTIONS[section]
    if name not in kinds.index:
        result.notes.append(f"{section} is not converted: this gwctl does not administer it")
        return
    entity = kinds.entity(name)
    objects = [_fielded(entity, one) for one in read(value)]
    if name == "model":
        _tell_apart(objects)
    found = [_Cleared(result, entity, one).object() for one in objects]
    result.manifest.setdefault(entity.group, []).extend(found)


def _models(value: Any) -> Iterator[Data]:
    for one in _objects(value):
        info = dict(one.get("model_info") or {})
        for name, key in (("model_id", "id"), ("team", "team_id")):
            if info.get(key):
                one[name] = str(info.pop(key))
        yield {**one, "model_info": info}


def _servers(value: Any) -> Iterator[Data]:
    """`mcp_servers` maps names to servers, with their credentials among the rest."""
    for name, one in value.items() if isinstance(value, dict) else ():
        known: Data = one if isinstance(one, dict) else {}
        server = {MCP_NAMES.get(key, key): item for key, item in known.items()}
        if "authentication_token" in server:
            server.setdefault("auth_value", server.pop("authentication_token"))
        credentials = {key: server.pop(key) for key in list(server) if key in MCP_CREDENTIALS}
        yield {"alias": server.pop("alias", None) or name, "server_name": name, **server, "credentials": credentials}


def _policies(value: Any) -> Iterator[Data]:
    """`policies` maps names to policies, with what they add and remove under `guardrails`."""
    for name, one in value.items() if isinstance(value, dict) else ():
        guardrails = one.pop("guardrails", None) or {}
        lists = {f"guardrails_{verb}": guardrails.get(verb) for verb in ("add", "remove")}
        yield {"policy_name": name, **one, **lists}


def _teams(value: Any) -> Iterator[Data]:
    """`default_team_settings`: callbacks of a team, with their variables beside them."""
    for one in _objects(value):
        team = one.pop("team_id", None)
        kinds = {"success": one.pop("success_callback", None) or [], "failure": one.pop("failure_callback", None) or []}
        logging = [
            {"callback_name": name, "callback_type": _when(name, kinds), "callback_vars": one}
            for name in dict.fromkeys([*kinds["success"], *kinds["failure"]])
        ]
        if team:
            yield {"team_id": str(team), "logging": logging}


def _when(name: str, kinds: Mapping[str, Sequence[str]]) -> str:
    return "_and_".join(kind for kind, names in kinds.items() if name in names)


def _objects(value: Any) -> Iterator[Data]:
    return (dict(one) for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


SECTIONS: Mapping[str, tuple[str, Callable[[Any], Iterator[Data]]]] = {
    "credential_list": ("credential", _objects),
    "model_list": ("model", _models),
    "mcp_servers": ("mcp", _servers),
    "guardrails": ("guardrail", _objects),
    "prompts": ("prompt", _objects),
    "policies": ("policy", _policies),
    "search_tools": ("search_tool", _objects),
    "default_team_settings": ("team", _teams),
}
"""For each section the kind that it becomes, and how its objects are told."""


def _fielded(entity: Entity, data: Mapping[str, Any]) -> Data:
    """An object with those entries of its JSON columns as fields that are fields of their own."""
    found: Data = {}
    for name, value in data.items():
        known = entity.fields.get(name)
        if known is None or not known.merged or not isinstance(value, dict):
            found[name] = value
            continue
        places = {one.name: one.place for one in entity.fields.values()}
        inside = {key for key, place in places.items() if isinstance(place, Inside) and place.column == known.column}
        found |= {key: item for key, item in value.items() if key in inside and item is not None}
        found[name] = {key: item for key, item in value.items() if key not in inside}
    return {name: value for name, value in found.items() if value not in (None, [], {})}


def _tell_apart(models: Sequence[Data]) -> None:
    """Several models of one name need ids; those of the file have none."""
    names, counts = Counter(one.get("model_name") for one in models), Counter[Any]()
    for one in models:
        name = one.get("model_name")
        counts[name] += 1
        if names[name] > 1 and "model_id" not in one:
            one["model_id"] = f"{name}-{counts[name]}"


class _Cleared:
    """One object on its way to a manifest: unknown fields and secrets are taken out of it, and told of."""

    def __init__(self, result: Converted, entity: Entity, data: Data) -> None:
        self.result, self.entity, self.data = result, entity, data
        self.name = str(data.get(entity.identity) or data.get(entity.key) or "?")

    def object(self) -> Data:
        found: Data = {}
        for name, value in self.data.items():
            if name not in self.entity.fields:
                self._note(f"{name} is left out: a {self.entity.name} of the database has no such field")
            else:
                found[name] = self._value(name, value)
        first = {name: found[name] for name in (self.entity.identity,) if name in found}
        return {name: value for name, value in {**first, **found}.items() if value not in (None, {}, [])}

    def _value(self, name: str, value: Any) -> Any:
        mark = self.entity.fields[name].sealed
        if mark is None:
            return self._plain(name, value, name)
        if not isinstance(value, dict):
            return self._place(name, name) if _is_secret(mark, name, value) else value
        return {key: self._entry(mark, name, key, item) for key, item in value.items()}

    def _entry(self, mark: Sealed, name: str, key: str, value: Any) -> Any:
        if _is_secret(mark, key, value) or (isinstance(value, str) and _is_hidden(f"{name}.{key}", key, value)):
            return self._place(name, key)
        return self._plain(key, value, f"{name}.{key}") if isinstance(value, dict) else value

    def _plain(self, key: str, value: Any, path: str) -> Any:
        """A value of a field that can name no place of a secret: what is one is left out."""
        if isinstance(value, dict):
            items = {name: self._plain(name, item, f"{path}.{name}") for name, item in value.items()}
            return {name: item for name, item in items.items() if item is not None}
        if isinstance(value, list):
            return [self._plain(key, item, f"{path}[{index}]") for index, item in enumerate(value)]
        if isinstance(value, str) and _is_hidden(path, key, value):
            self._note(f"{path} is left out: it is a secret, and a manifest would show it")
            return None
        return value

    def _place(self, field_name: str, key: str) -> dict[str, str]:
        parts = (self.entity.name, self.name, key)
        variable = re.sub(r"[^A-Z0-9]+", "_", "_".join(parts).upper()).strip("_")
        where = key if field_name == key else f"{field_name}.{key}"
        self._note(f"{where} is taken out of the environment variable {variable} when it is applied")
        return {"env": variable}

    def _note(self, text: str) -> None:
        self.result.notes.append(f"{self.entity.group}: {self.name}: {text}")


def _is_secret(mark: Sealed, name: str, value: Any) -> bool:
    """Whether a text of a sealed field is a secret: those that the field names, else by its own name."""
    if not isinstance(value, str) or value.startswith("os.environ/"):
        return False
    return name in (mark.only or ()) or _is_masked(name, value)


def _is_hidden(path: str, name: str, value: str) -> bool:
    """Whether a text is a secret by its own name, or since everything in that field is: headers and variables."""
    first = path.split(".")[0]
    return _is_masked(name, value) or ("." in path and secrets.masked({first: {"x": value}}) != {first: {"x": value}})


def _is_masked(name: str, value: str) -> bool:
    return bool(secrets.masked({name: value}) != {name: value})
