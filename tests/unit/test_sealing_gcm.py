"""The newer forms of sealed texts: AES-256-GCM by the standard's own vectors and an implementation of the tests'."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import gcm
from gwctl import sealing

VECTORS = {  # McGrew and Viega, The Galois/Counter Mode of Operation, test cases 13 and 14
    b"": "530f8afbc74536b9a963b4f1c4cb738b",
    bytes(16): "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
}


@pytest.mark.parametrize(("plain", "sealed"), VECTORS.items())
def test_the_tests_own_is_right(plain: bytes, sealed: str) -> None:
    assert gcm.encrypt(bytes(32), bytes(12), plain).hex() == sealed


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=40), st.text(max_size=20))
def test_both_ways(text: str, key: str) -> None:
    assert gcm.unseal(sealing.seal_gcm(text, key), key) == text
    assert sealing.opens(gcm.seal(text, key), key) == text
    assert sealing.opens(gcm.seal(text, key), key + "x") is None
    assert sealing.looks_sealed(gcm.seal(text, key))


def test_a_text_keeps_its_form() -> None:
    for old in (sealing.seal("a", "k"), gcm.seal("a", "k"), "litellm_enc::" + sealing.seal("a", "k"),
                "litellm_enc::" + gcm.seal("a", "k")):  # fmt: skip
        plain = sealing.opens(old, "k")
        assert plain == "a"
        new = sealing.anew(old, plain, "n")
        assert sealing.opens(new, "n") == "a"
        assert [form in new for form in sealing.FORMS] == [form in old for form in sealing.FORMS]


@pytest.mark.parametrize("text", ["v2:gcm:", "v2:gcm:AAAA", "litellm_enc::", "litellm_enc::plain", "v2:gcm:ä"])
def test_what_is_not_whole_does_not_open(text: str) -> None:
    assert sealing.opens(text, "k") is None
