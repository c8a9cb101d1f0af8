"""What gwctl does where columns differ: unknown, missing, of another type or default."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from database.version_cases import ARCHIVES, KEYS, TEAMS, World, case


@case("all known columns and nothing else")
def nothing_is_different(world: World) -> None:
    assert world.gwctl("db check --strict -o json").json == []
    world.gwctl("teams create research")
    world.gwctl("teams delete research --yes")


@case("an unknown column that may be left out")
def rotation_and_archive_carry_it(world: World) -> None:
    kinds = {"x_text": "text", "x_json": "jsonb", "x_uuid": "uuid", "x_money": "numeric", "x_list": "int[]"}
    values = {"x_text": "kept", "x_json": '{"a": null}', "x_uuid": "5" * 32, "x_money": "1.50", "x_list": "{1,2}"}
    for table in (KEYS, ARCHIVES[KEYS]):
        for name, kind in kinds.items():
            world.alter(table, f"add {name} {kind}")
    world.alter(KEYS, "add x_only_here text not null default 'default'")
    world.gwctl("keys create nightly")
    assert world.database.row(KEYS)["x_text"] is None
    sets = ", ".join(f"{name} = '{value}'" for name, value in values.items())
    world.run(f"update \"{KEYS}\" set {sets}, x_only_here = 'mine'")
    before = world.database.row(KEYS)
    world.gwctl("keys rotate nightly")
    for row in (world.database.row(KEYS), world.database.row(ARCHIVES[KEYS])):
        assert {name: row[name] for name in kinds} == {name: before[name] for name in kinds}
    assert world.database.row(KEYS)["x_only_here"] == "mine"
    world.gwctl("keys delete nightly --yes")
    assert [row["x_text"] for row in world.database.rows(ARCHIVES[KEYS])] == ["kept", "kept"]
    assert world.told("info", KEYS, "x_text")


@case("an unknown column that may be left out")
def tables_do_not_show_it_and_export_says_so(world: World) -> None:
    world.alter(TEAMS, "add x text default 'unheard of'")
    world.gwctl("teams create research")
    assert "unheard of" not in world.gwctl("teams list").stdout
    exported = world.gwctl("export teams")
    assert "unheard of" not in exported.stdout
    assert "teams: without what this gwctl does not know of: x" in exported.text
    assert "without" not in world.gwctl("export keys").stderr


@case("an unknown column that must have a value")
def rows_are_not_added_but_changed(world: World) -> None:
    world.gwctl("teams create research")
    world.alter(TEAMS, "add region text")
    world.run(f"update \"{TEAMS}\" set region = 'eu'")
    world.alter(TEAMS, "alter region set not null")
    assert world.told("warning", TEAMS, "region")
    world.gwctl("teams update research --max-budget 5")
    assert world.database.row(TEAMS)["region"] == "eu"
    world.refused("teams create ops", f"{TEAMS}.region", "newer")
    world.gwctl("teams get research")
    world.gwctl("keys create nightly --team research")


@case("a known column missing, not asked for")
def it_reads_as_null_and_is_not_written(world: World) -> None:
    world.alter(TEAMS, "drop policies")
    world.alter(TEAMS, "drop soft_budget")
    world.alter(KEYS, "drop policies")
    world.gwctl("teams create research --max-budget 3")
    world.gwctl("teams update research --max-budget 5 --set-null soft_budget")
    world.gwctl("keys create nightly --team research")
    world.gwctl("keys rotate nightly")
    assert world.gwctl("teams get research -o json").json["soft_budget"] is None
    assert world.gwctl("teams list --fields team_alias,soft_budget -o json").json == [
        {"team_alias": "research", "soft_budget": None}
    ]
    world.gwctl("teams delete research --yes")
    assert world.told("info", TEAMS, "soft_budget")


@case("a known column missing, not asked for")
def a_filter_on_it_finds_nothing(world: World) -> None:
    world.gwctl("access-groups create beta")
    world.gwctl("keys create nightly")
    world.alter(KEYS, "drop access_group_ids")
    world.alter(KEYS, "drop blocked")
    assert world.gwctl("keys list --access-group beta -o json").json == []
    assert world.gwctl("keys list --blocked -o json").json == []
    assert len(world.gwctl("keys list --no-blocked -o json").json) == 1


@case("a known column missing, and set")
def it_is_refused_with_the_release_that_has_it(world: World) -> None:
    world.gwctl("teams create research")
    world.alter(TEAMS, "drop soft_budget")
    world.alter("LiteLLM_ObjectPermissionTable", "drop agents")
    column = (f"no {TEAMS}.soft_budget", "1.81.16 or later")
    world.refused("teams update research --soft-budget 5", *column)
    world.refused("teams create ops --soft-budget 5", *column)
    world.refused("teams create ops --agents a", "LiteLLM_ObjectPermissionTable.agents", "1.80.17 or later")


@case("a known column of another type")
def what_cannot_be_read_is_refused(world: World) -> None:
    world.gwctl("teams create research")
    world.alter(TEAMS, "alter metadata drop default, alter metadata type text")
    for command in ("teams list", "teams get research", "teams update research --blocked", "teams create ops"):
        world.refused(command, f"{TEAMS}.metadata is text", "not jsonb", "cannot be read")
    world.gwctl("users create ada")
    assert world.told("error", TEAMS, "metadata")


@case("a known column of another type")
def what_can_be_read_is_not_written(world: World) -> None:
    world.gwctl("teams create research --max-budget 5")
    world.alter(TEAMS, "alter max_budget type numeric(10, 2)")
    assert world.gwctl("teams get research -o json").json["max_budget"] == 5
    world.gwctl("teams update research --blocked")
    world.refused("teams update research --max-budget 6", f"{TEAMS}.max_budget is numeric(10,2)", "not written")
    world.refused("teams create ops", f"{TEAMS}.max_budget is numeric(10,2)")
    assert world.told("error", TEAMS, "max_budget")


@case("a known column with another default or nullability")
def values_are_sent_and_not_left_to_defaults(world: World) -> None:
    world.alter(TEAMS, "alter blocked set default true, alter spend set default 7, alter models set default '{gpt-4o}'")
    world.alter(KEYS, "alter spend drop not null, alter spend drop default")
    world.alter(KEYS, "alter router_settings set default '{\"a\": 1}'")
    world.gwctl("teams create research")
    world.gwctl("keys create nightly --team research")
    team, key = world.database.row(TEAMS), world.database.row(KEYS)
    assert (team["blocked"], team["spend"], team["models"]) == (False, 0.0, [])
    assert (key["spend"], key["router_settings"]) == (0.0, {})
    assert world.told("warning", TEAMS, "blocked")
    assert world.told("warning", KEYS, "spend")


@case("a known column with another default or nullability")
def one_that_must_be_given_is_named(world: World) -> None:
    world.alter(TEAMS, "alter organization_id set not null")
    world.refused("teams create research", f"{TEAMS}.organization_id")


@case("keys bear the moment of their settings")
def every_change_of_settings_stamps_it(world: World) -> None:
    newer = world.foreign("gateway-1.100.0")
    gwctl = world.gwctl.on(newer)
    stamped_by = (
        "keys create nightly", "keys update nightly --max-budget 5", "keys block nightly", "keys unblock nightly",
        "keys rotate nightly", "access-groups create beta", "keys update nightly --access-groups beta",
        "access-groups delete beta --yes",
    )  # fmt: skip
    for command in stamped_by:
        newer.execute(f'update "{KEYS}" set settings_updated_at = null, spend = 3')
        gwctl(command)
        if not command.endswith("create beta"):
            assert is_now(newer.row(KEYS)["settings_updated_at"]), command
    newer.execute(f'update "{KEYS}" set settings_updated_at = null')
    gwctl("keys reset-spend nightly --yes")
    assert newer.row(KEYS)["settings_updated_at"] is None
    assert "settings_updated_at" in gwctl("keys get nightly -o json").json


def is_now(value: datetime | None) -> bool:
    return value is not None and abs(value - datetime.now(UTC).replace(tzinfo=None)) < timedelta(minutes=1)
