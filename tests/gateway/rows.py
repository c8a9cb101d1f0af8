"""What the tests of the gateway's rows share: matchers for what is minted, whole rows as literals, and a small world.

A row that is expected is written out whole: a test names the columns that differ from `KEY` (a new key) or from the row
that it put there. `writes` holds every other row of all 57 tables still.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from support.database import Database
from support.snapshot import Change

Row = dict[str, Any]
TABLES = 57


class Like:
    """Equals every value that passes the test: stands in a literal row for what cannot be foretold."""

    def __init__(self, name: str, test: Callable[[Any], bool]) -> None:
        self.name, self.test = name, test

    def __eq__(self, other: object) -> bool:
        with contextlib.suppress(TypeError):  # a value of quite another kind, NULL for one
            return bool(self.test(other))
        return False

    def __repr__(self) -> str:
        return self.name


def utc_now() -> datetime:
    """Now as the database holds it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def after(**span: float) -> Like:
    """A moment so long after now, give or take a minute: a mistake with zones is hours."""
    return Like(f"after({span})", lambda value: abs(value - utc_now() - timedelta(**span)) < timedelta(minutes=1))


def either(*values: Any) -> Like:
    """What the pages leave open."""
    return Like(f"either{values}", lambda value: value in values)


def has(**fields: Any) -> Like:
    """A JSON object with at least these fields."""
    return Like(f"has({fields})", lambda value: isinstance(value, dict) and fields.items() <= value.items())


def _boundary(name: str, of: Callable[[datetime], datetime]) -> Like:
    return Like(name, lambda value: value in (of(utc_now()), of(utc_now() - timedelta(minutes=1))))


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
UUID = Like("UUID", lambda value: _UUID4.fullmatch(value) is not None)
NOW = after()
NEXT_HOUR = _boundary("NEXT_HOUR", lambda now: now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
NEXT_MIDNIGHT = _boundary("NEXT_MIDNIGHT", lambda now: _midnight(now) + timedelta(days=1))
NEXT_MONDAY = _boundary("NEXT_MONDAY", lambda now: _midnight(now) + timedelta(days=7 - now.weekday()))
NEXT_MONTH = _boundary("NEXT_MONTH", lambda now: (_midnight(now).replace(day=1) + timedelta(days=32)).replace(day=1))
IN_14_DAYS = _boundary("IN_14_DAYS", lambda now: _midnight(now) + timedelta(days=14))

MINTED = re.compile(r"sk-[A-Za-z0-9_-]{22}")
SECRET = "sk-nightly-0123456789-abcd"  # of the key that put_key makes
LONG_AGO = moment("2026-01-02T03:04:05.678")


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def key_row(secret: str, **columns: Any) -> Row:
    """A key as /key/generate writes it where nothing is given (keys.md §1, §3.2), but for `columns`."""
    return {**_KEY, "token": hash_of(secret), "key_name": f"sk-...{secret[-4:]}", **columns}


_KEY: Row = {
    "key_alias": None, "soft_budget_cooldown": False, "spend": 0.0, "expires": None, "models": [], "aliases": {},
    "config": {}, "router_settings": {}, "user_id": None, "team_id": None, "agent_id": None, "project_id": None,
    "permissions": {}, "max_parallel_requests": None, "metadata": {}, "blocked": None, "tpm_limit": None,
    "rpm_limit": None, "max_budget": None, "budget_duration": None, "budget_reset_at": None,
    "allowed_cache_controls": [], "allowed_routes": [], "policies": [], "access_group_ids": [], "model_spend": {},
    "model_max_budget": {}, "budget_id": None, "organization_id": None, "object_permission_id": None,
    "created_at": NOW, "created_by": "ann", "updated_at": NOW, "updated_by": "ann", "last_active": None,
    "rotation_count": 0, "auto_rotate": False, "rotation_interval": None, "last_rotation_at": None,
    "key_rotation_at": None,
}  # fmt: skip

PERMISSION: Row = {
    "object_permission_id": UUID, "mcp_servers": [], "mcp_access_groups": [], "mcp_tool_permissions": None,
    "vector_stores": [], "agents": [], "agent_access_groups": [], "models": [], "blocked_tools": [],
}  # fmt: skip

SOFT_BUDGET: Row = {
    "budget_id": UUID, "max_budget": None, "soft_budget": None, "max_parallel_requests": None, "tpm_limit": None,
    "rpm_limit": None, "model_max_budget": {}, "budget_duration": None, "budget_reset_at": None,
    "created_at": NOW, "created_by": "ann", "updated_at": NOW, "updated_by": "ann",
}  # fmt: skip

ARCHIVED: Row = {
    "id": UUID, "deleted_at": NOW, "deleted_by": "ann", "deleted_by_api_key": None,
    "litellm_changed_by": either(None, "ann"),
}  # fmt: skip
"""What an archive row has beside the columns of the key (§3.6)."""

CHANGED: Row = {"updated_at": NOW, "updated_by": either("root", "ann")}
"""What every change of a key brings (§3.4: the endpoint leaves updated_by, gwctl may set it)."""


def put_key(database: Database, secret: str = SECRET, **columns: Any) -> Row:
    """An old key that has been used, with something in every column that a careless change would lose."""
    used: Row = {
        "key_alias": "nightly", "spend": 12.5, "models": ["gpt-4o"], "aliases": {"fast": "gpt-4o"},
        "router_settings": {"num_retries": 2}, "permissions": {"pii": True}, "max_budget": 40.0,
        "metadata": {"owner": "ada", "tier": "gold"}, "budget_duration": "30d", "budget_reset_at": moment("2027-03-01"),
        "policies": ["eu"], "model_spend": {"gpt-4o": 12.5}, "agent_id": "a-one", "expires": moment("2027-06-01T12:00"),
        "created_at": LONG_AGO, "created_by": "root", "updated_at": LONG_AGO, "updated_by": "root",
        "last_active": LONG_AGO, "rotation_count": 2, "last_rotation_at": LONG_AGO,
    }  # fmt: skip
    return database.insert("LiteLLM_VerificationToken", **key_row(secret, **{**used, **columns}))


def build_world(database: Database) -> None:
    """Teams, people and limits that keys refer to, written past the program."""
    by = {"created_by": "root", "updated_by": "root"}
    for budget, limits in {
        "standard": {"max_budget": 30.0},
        "of-acme": {"tpm_limit": 1000, "rpm_limit": 100},
        "of-apollo": {"max_budget": 10.0},
    }.items():
        database.insert("LiteLLM_BudgetTable", budget_id=budget, **limits, **by)
    acme = {"organization_id": "o-acme", "organization_alias": "acme", "budget_id": "of-acme", "models": []}
    database.insert("LiteLLM_OrganizationTable", **acme, **by)
    for user in ("ada", "bob"):
        database.insert("LiteLLM_UserTable", user_id=user, models=[])
    database.insert("LiteLLM_ObjectPermissionTable", object_permission_id="perm-ops", mcp_servers=["s-shut"])
    member = {"role": "user", "user_id": "ada", "user_email": None}
    put_team(database, "research", organization_id="o-acme", members_with_roles=[member])
    put_team(
        database, "ops", models=["gpt-4o"], tpm_limit=1000, rpm_limit=100, max_budget=50.0,
        object_permission_id="perm-ops", metadata={"model_rpm_limit": {"gpt-4o": 10}},
    )  # fmt: skip
    database.insert(
        "LiteLLM_ProjectTable", project_id="p-apollo", project_alias="apollo", team_id="t-research",
        budget_id="of-apollo", models=["gpt-4o", "o3"], **by,
    )  # fmt: skip
    for server, everyone in {"s-open": True, "s-shut": False}.items():
        database.insert("LiteLLM_MCPServerTable", server_id=server, server_name=server[2:], allow_all_keys=everyone)
    put_group(database, "tools")
    put_key(database, "sk-session-0123456789", key_alias="ui", team_id="litellm-dashboard", user_id="ada")


def put_team(database: Database, alias: str, **columns: Any) -> None:
    rest = {"models": [], "admins": [], "members": [], "members_with_roles": [], **columns}
    database.insert("LiteLLM_TeamTable", team_id=f"t-{alias}", team_alias=alias, **rest)


def put_group(database: Database, name: str, *tokens: str) -> None:
    database.insert(
        "LiteLLM_AccessGroupTable", access_group_id=f"g-{name}", access_group_name=name, assigned_key_ids=list(tokens)
    )


def assigned(database: Database, group: str) -> list[str]:
    """The hashes that an access group says it is assigned to."""
    return database.row("LiteLLM_AccessGroupTable", access_group_name=group)["assigned_key_ids"]


OWN_BUDGET = "2f0e7f9a-9d0c-4b6e-8a55-1c1d6f0a7b11"  # a generated id: the row of the key that alone refers to it


def put_budget(database: Database, budget_id: str) -> Row:
    rest = {"soft_budget": 3.0, "model_max_budget": {}, "created_by": "root", "updated_by": "root"}
    return database.insert("LiteLLM_BudgetTable", budget_id=budget_id, **rest)


def put_permission(database: Database) -> Row:
    rest = {"vector_stores": ["v1"], "agents": ["a1"], "blocked_tools": ["rm"]}
    return database.insert("LiteLLM_ObjectPermissionTable", object_permission_id="perm", **rest)


def put_mapping(database: Database, claim: str, token: str) -> None:
    database.insert("LiteLLM_JWTKeyMapping", id=f"j-{claim}", jwt_claim_name="sub", jwt_claim_value=claim, token=token)


def put_grace(database: Database, token: str, active: str) -> None:
    """An old hash that still counts for `active`."""
    database.insert(
        "LiteLLM_DeprecatedVerificationToken", id=f"d-{token}", token=token, active_token_id=active,
        revoke_at=moment("2027-01-01"), created_at=LONG_AGO,
    )  # fmt: skip


def key_of(database: Database, token: str) -> Row:
    return database.row("LiteLLM_VerificationToken", token=token)


@contextlib.contextmanager
def writes(database: Database, **tables: str) -> Iterator[None]:
    """Within, these tables of the gateway change and no other row of any: VerificationToken="+1" (inserted),
    "~1" (updated), "-1" (deleted). Without a table: nothing changes."""
    before = database.dump()
    assert sum(name.startswith("LiteLLM_") for name in before.keys_of) == TABLES
    yield
    changes = database.changed(before)
    seen = {name.removeprefix("LiteLLM_"): _marks(it) for name, it in changes.items() if name.startswith("LiteLLM_")}
    assert seen == tables


def _marks(change: Change) -> str:
    counts = {"+": len(change.inserted), "~": len(change.updated), "-": len(change.deleted)}
    return " ".join(f"{mark}{count}" for mark, count in counts.items() if count)


def assert_audited(
    database: Database, action: str, token: str, *, before: Row | None, after: Row, changed_by: str = "ann"
) -> None:
    """One row of the gateway's audit log for this key (spend.md §4); `before` and `after` are in its values."""
    row = database.row("LiteLLM_AuditLog", object_id=token)
    assert row == {
        "id": UUID, "updated_at": NOW, "changed_by": changed_by, "changed_by_api_key": "", "action": action,
        "table_name": "LiteLLM_VerificationToken", "object_id": token,
        "before_value": None if before is None else has(**before), "updated_values": has(**after),
    }  # fmt: skip
    if action in ("updated", "rotated"):  # the dashboard shows what differs between the two
        assert row["before_value"].keys() - {"gwctl"} == row["updated_values"].keys() - {"gwctl"}


def assert_nowhere(database: Database, *secrets: str) -> None:
    """No table, the gateway's or gwctl's own, holds the text of a secret."""
    everything = repr(dict(database.dump()))
    assert not [secret for secret in secrets if secret in everything]
