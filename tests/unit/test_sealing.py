"""Sealed texts are those of the gateway: its test vector, its traps, and its scheme written down a second time."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.secret import SecretBox
from nacl.utils import random

from gwctl import sealing

VECTOR = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAXErknraZRpv_w8rRb9oaMioe4iEA"  # key sk-1234, zero nonce, "hello"


def box(key: str) -> SecretBox:
    return SecretBox(hashlib.sha256(key.encode()).digest())


def theirs(text: str, key: str, alphabet: str = "url") -> str:
    sealed = bytes(box(key).encrypt(text.encode(), random(SecretBox.NONCE_SIZE)))
    return (base64.urlsafe_b64encode if alphabet == "url" else base64.b64encode)(sealed).decode()


def test_the_gateways_vector_opens() -> None:
    assert sealing.opens(VECTOR, "sk-1234") == "hello"


@settings(max_examples=50)
@given(st.text(), st.text())
def test_both_ways(text: str, key: str) -> None:
    sealed = sealing.seal(text, key)
    assert box(key).decrypt(base64.urlsafe_b64decode(sealed)).decode() == text
    assert len(sealed) % 4 == 0, "padded"
    for alphabet in ("url", "standard"):
        assert sealing.opens(theirs(text, key, alphabet), key) == text
    assert sealing.opens(sealed, key + "x") is None
    assert sealing.looks_sealed(sealed)


def test_the_empty_text_is_sealed_too() -> None:
    assert sealing.opens(sealing.seal("", ""), "") == ""


@pytest.mark.parametrize(
    "text",
    ["", "*", "***", "gpt-4o", "openai/*", "sk-ant-api03-0123456789", "https://api.openai.com/v1", "ä", "a" * 3,
     "os.environ/OPENAI_API_KEY", VECTOR[:-4], VECTOR[:-1] + "B"],
)  # fmt: skip
def test_what_is_not_sealed_is_not_opened(text: str) -> None:
    assert sealing.opens(text, "sk-1234") is None


@pytest.mark.parametrize(
    ("text", "looks"),
    [(VECTOR, True), ("v2:gcm:AAAA", True), ("litellm_enc::AAAA", True), ("*", False), ("a" * 64, False),
     ("https://example.org/" + "a" * 40, False), ("0123456789abcdef" * 4, False), ("bedrock/" + "name-" * 12, False)],
)  # fmt: skip
def test_looks_sealed(text: str, looks: bool) -> None:
    assert sealing.looks_sealed(text) is looks


def test_two_seals_of_one_text_differ() -> None:
    assert sealing.seal("hello", "k") != sealing.seal("hello", "k")
