"""What is shown or kept of texts: nothing that steers a terminal, nothing that is a secret."""

from __future__ import annotations

import pytest

from gwctl.cli import text

RECORDS = {
    ("keys", "create", "nightly", "--team", "research", "--max-budget", "50"): (
        "keys create nightly --team research --max-budget 50"
    ),
    ("--database-url", "postgresql://a:b@c/d", "keys", "list"): "--database-url ******** keys list",
    ("--database-url=postgresql://a:b@c/d", "db", "check"): "--database-url=******** db check",
    ("settings", "set", "general_settings.master_key_secret", "hunter2"): (
        "settings set general_settings.master_key_secret ********"
    ),
    ("models", "create", "m", "--api-key", "hunter2"): "models create m --api-key ********",
    ("models", "create", "m", "--litellm-params", "@params.json"): "models create m --litellm-params @params.json",
    ("models", "create", "m", "--litellm-params", '{"api_key": "x"}'): "models create m --litellm-params ********",
    ("keys", "update", "k", "--metadata", "owner=ada"): "keys update k --metadata owner=ada",
    ("keys", "update", "k", "--metadata", "vendor_token=x"): "keys update k --metadata vendor_token=********",
    ("keys", "update", "k", "--metadata", "password:=1"): "keys update k --metadata password:=********",
    ("apply", "-f", "-", "--yes", "--secrets-to", "out.jsonl"): "apply -f - --yes --secrets-to out.jsonl",
    ("keys", "get", "a\nb"): "keys get a b",
    ("users", "create", "eyJhbGciOiJIUzI1NiJ9.e30.x"): "users create ********",
    ("keys", "update", "k", "--tpm-limit", "5", "--max-parallel-requests", "3"): (
        "keys update k --tpm-limit 5 --max-parallel-requests 3"
    ),
}


@pytest.mark.parametrize(("words", "kept"), RECORDS.items())
def test_the_record_of_a_command_line(words: tuple[str, ...], kept: str) -> None:
    assert text.record(words) == kept


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://ada:p@ss@db/x", "postgresql://ada:********@db/x"),
        ("host=db password='a b' user=ada", "host=db password=******** user=ada"),
        ("postgresql://db/x?sslpassword=abc&a=b", "postgresql://db/x?sslpassword=********&a=b"),
        ("the key sk-abcdefghijkl is", "the key sk-******** is"),
        ("https://db.example:5432/x and a@b", "https://db.example:5432/x and a@b"),
    ],
)
def test_scrubbed(given: str, shown: str) -> None:
    assert text.scrubbed(given) == shown


def test_printable_writes_out_what_a_terminal_obeys() -> None:
    assert (
        text.printable("a\x1b[31m\x07\x9b\u202e\u2028b\tc\nZoë 模")
        == "a\\x1b[31m\\x07\\x9b\\u202e\\u2028b\\tc\\nZoë 模"
    )
