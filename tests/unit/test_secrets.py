"""Secrets are minted and hashed as the gateway does, and nothing shows them by accident."""

from __future__ import annotations

import copy
import json
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwctl import secrets
from gwctl.errors import Invalid
from gwctl.secrets import MASK, Secret


def test_a_minted_key_has_the_gateways_shape():
    keys = {secrets.mint() for _ in range(200)}
    assert len(keys) == 200
    assert all(re.fullmatch(r"sk-[A-Za-z0-9_-]{22}", key) for key in keys)
    for key in keys:
        secrets.check_custom(key)


def test_digest_of_the_whole_secret():
    assert secrets.digest("sk-1234") == "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"
    assert secrets.is_hash(secrets.digest("sk-ü"))


def test_password_hash():
    assert secrets.password_hash("secret") == "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"


def test_abbreviation_shows_four_characters():
    assert secrets.abbreviation("sk-abcdefghWXYZ") == "sk-...WXYZ"


@pytest.mark.parametrize(
    ("text", "answer"),
    [("sk-x", True), ("sk-", True), ("SK-x", False), ("nightly", False), ("", False)],
)
def test_what_looks_like_a_secret(text, answer):
    assert secrets.looks_like_secret(text) is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("a" * 64, True),
        ("0" * 64, True),
        ("A" * 64, False),
        ("a" * 63, False),
        ("a" * 64 + "\n", False),
        ("g" * 64, False),
    ],
)
def test_what_is_a_hash(text, answer):
    assert secrets.is_hash(text) is answer


@pytest.mark.parametrize("key", ["sk-a", "sk-" + "a" * 97, "sk-A_b-9"])
def test_custom_keys_that_the_gateway_takes(key):
    secrets.check_custom(key)


@pytest.mark.parametrize(
    "key", ["", "sk-", "pk-hidden", "sk-hid den", "sk-hidden\n", "sk-hidden.1", "sk-" + "h" * 98, "sk-hiddeñ"]
)
def test_other_custom_keys_are_refused_and_not_repeated(key):
    with pytest.raises(Invalid) as caught:
        secrets.check_custom(key)
    said = f"{caught.value.message} {caught.value.hint} {caught.value!r}"
    assert not key[3:] or key[3:] not in said


def test_a_secret_shows_itself_only_when_asked():
    secret = Secret("sk-hidden")
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>30}",
        repr([secret]),
        repr({"a": secret}),
    ]
    assert all("hidden" not in text for text in shown)
    assert secret.reveal() == "sk-hidden"
    assert secret == Secret("sk-hidden")
    assert secret != Secret("sk-other")
    assert secret != "sk-hidden"
    assert len({secret, Secret("sk-hidden")}) == 1
    assert not hasattr(secret, "__dict__")


def test_a_secret_is_not_carried_away():
    with pytest.raises(TypeError):
        json.dumps({"key": Secret("sk-hidden")})
    with pytest.raises(TypeError):
        pickle.dumps(Secret("sk-hidden"))
    secret = Secret("sk-hidden")
    assert copy.deepcopy([secret])[0] is secret
    assert copy.copy(secret) is secret


SECRET_NAMES = (
    "api_key API_KEY azure_api_key apiKey client_secret langfuse_secret_key auth_token token password db_password "
    "aws_access_key_id aws_region_name Authorization vertex_credentials private_key"
)


@pytest.mark.parametrize("name", SECRET_NAMES.split())
def test_texts_under_secret_names_are_masked(name):
    assert secrets.masked({name: "hidden", "list": [{name: "hidden"}]}) == {name: MASK, "list": [{name: MASK}]}


@pytest.mark.parametrize(
    "name",
    ["model", "api_base", "max_tokens", "input_cost_per_token", "custom_tokenizer", "litellm_credential_name", "tags"],
)
def test_other_names_are_shown(name):
    assert secrets.masked({name: "shown"}) == {name: "shown"}


def test_everything_under_callback_variables_headers_and_env_is_masked():
    value = {
        "logging": [{"callback_name": "langfuse", "callback_vars": {"langfuse_host": "https://x", "n": 1}}],
        "static_headers": {"X-Custom": "hidden"},
        "env": {"ANY": "hidden", "EMPTY": "", "REF": "os.environ/NAME"},
    }
    assert secrets.masked(value) == {
        "logging": [{"callback_name": "langfuse", "callback_vars": {"langfuse_host": MASK, "n": 1}}],
        "static_headers": {"X-Custom": MASK},
        "env": {"ANY": MASK, "EMPTY": "", "REF": "os.environ/NAME"},
    }


def test_values_that_are_no_texts_stay():
    value = {"token": None, "max_token": 5, "password": True, "api_key": ["hidden", 3], "n": 1.5}
    assert secrets.masked(value) == {"token": None, "max_token": 5, "password": True, "api_key": [MASK, 3], "n": 1.5}


def test_a_key_is_masked_wherever_it_stands():
    assert secrets.masked(["sk-AAAAAAAAAAAAAAAAAAAAAA", "sk-...AAAA", Secret("x")]) == [MASK, "sk-...AAAA", MASK]


def test_masking_leaves_the_original_alone():
    value = {"api_key": "hidden", "deep": {"a": ["x"]}}
    before = copy.deepcopy(value)
    secrets.masked(value)
    assert value == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "api_key", "env"]), inner, max_size=3)
    ),
)


@given(JSON)
def test_masking_keeps_the_shape_and_is_idempotent(value):
    once = secrets.masked(value)
    assert secrets.masked(once) == once
    assert type(once) is type(value)
