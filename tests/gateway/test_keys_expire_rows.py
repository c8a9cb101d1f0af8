"""`keys expire`: `--unused-for` ends keys now, `--expired` deletes those that have ended, as `keys delete` does
(keys 1, 3.5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.literals import OWN_2, Row, archived, build_tenancy, changed, gone, put, writes_exactly
from gateway.rows import LONG_AGO, NOW, SECRET, hash_of, moment, put_grace, put_key, put_mapping, utc_now
from support.database import Database
from support.program import Program

TOKEN = hash_of(SECRET)
LATER = moment("2099-01-01")

UNUSED: dict[str, Row] = {
    "last used long ago": {"last_active": LONG_AGO, "expires": None},
    "last used long ago, and it would expire later": {"last_active": LONG_AGO, "expires": LATER},
    "never used since it was made long ago": {"last_active": None, "expires": None},
    "blocked": {"last_active": LONG_AGO, "expires": None, "blocked": True},
}


@pytest.mark.parametrize("had", UNUSED.values(), ids=UNUSED)
def test_unused(gwctl: Program, database: Database, had: Row) -> None:
    put_key(database, **had)
    with writes_exactly(database, VerificationToken=[changed(TOKEN, expires=NOW)]):
        gwctl("--actor ann keys expire --unused-for 90d --yes")


SPARED: dict[str, Row] = {
    "used lately": {"last_active": timedelta(days=-89), "expires": None},
    "never used, but young": {"last_active": None, "created_at": timedelta(days=-1), "expires": None},
    "expired already": {"last_active": LONG_AGO, "expires": moment("2026-02-01")},
    "a session of the dashboard": {"last_active": LONG_AGO, "expires": None, "team_id": "litellm-dashboard"},
}


@pytest.mark.parametrize("had", SPARED.values(), ids=SPARED)
def test_spared(gwctl: Program, database: Database, had: Row) -> None:
    now = utc_now()
    put_key(database, **{name: now + it if isinstance(it, timedelta) else it for name, it in had.items()})
    with writes_exactly(database):
        gwctl("--actor ann keys expire --unused-for 90d --yes")


def test_several_at_once(gwctl: Program, database: Database) -> None:
    build_tenancy(database)
    old, young = [f"sk-{age}-0123456789" for age in ("old", "young")]
    put_key(database, expires=None)
    put_key(database, old, key_alias="old", team_id="t-ops", expires=None)
    put_key(database, young, key_alias="young", last_active=utc_now(), expires=None)
    with writes_exactly(database, VerificationToken=[changed(TOKEN, expires=NOW), changed(hash_of(old), expires=NOW)]):
        gwctl("--actor ann keys expire --unused-for 90d --yes")


def test_expired(gwctl: Program, database: Database) -> None:
    """3.5: with a copy, and with what hangs on the key."""
    put(database, "BudgetTable", budget_id=OWN_2, soft_budget=3.0, model_max_budget={})
    key = put_key(database, expires=moment("2026-02-01"), budget_id=OWN_2)
    endless, later = (f"sk-{name}-0123456789" for name in ("endless", "later"))
    put_key(database, endless, key_alias="endless", expires=None)
    put_key(database, later, key_alias="later", expires=LATER)
    put_key(database, "sk-ui-0123456789", key_alias="ui", team_id="litellm-dashboard", expires=moment("2026-02-01"))
    put_mapping(database, "claim", TOKEN)
    put_grace(database, "older", TOKEN)
    with writes_exactly(
        database,
        VerificationToken=[gone(TOKEN)],
        DeletedVerificationToken=[archived(key)],
        JWTKeyMapping=[gone("j-claim")],
        DeprecatedVerificationToken=[gone("d-older")],
        BudgetTable=[gone(OWN_2)],
    ):
        gwctl("--actor ann keys expire --expired --yes")


REFUSED: dict[str, tuple[str, int]] = {
    "which keys": ("--yes", 2),
    "both at once": ("--unused-for 90d --expired --yes", 2),
    "a duration that is none": ("--unused-for soon --yes", 5),
    "nobody to ask": ("--unused-for 90d", 2),
    "nobody to ask, expired": ("--expired", 2),
    "a rehearsal": ("--unused-for 90d --dry-run", 0),
    "a rehearsal, expired": ("--expired --dry-run", 0),
    "none is unused for so long": ("--unused-for 3000d --yes", 0),
}


@pytest.mark.parametrize(("options", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, options: str, code: int) -> None:
    put_key(database, expires=None)
    put_key(database, "sk-gone-0123456789", key_alias="gone", expires=moment("2026-02-01"))
    with writes_exactly(database):
        gwctl(f"--actor ann keys expire {options}", code=code)
