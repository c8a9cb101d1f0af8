"""Making text safe to show: data must not steer a terminal, secrets must not be seen."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gwctl import secrets

# C0 and C1 controls, DEL, and the marks that break a line or turn its direction: a terminal, or the eye, obeys them.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NAMED = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}

_IN_TEXT = re.compile(r"\bsk-[A-Za-z0-9_-]{8,}")
_IN_URL = re.compile(r"(?P<start>\b[a-z][a-z0-9+.-]*://[^\s/:@]*):\S*@", re.IGNORECASE)
_IN_CONNINFO = re.compile(r"\b(?P<name>(?:ssl)?password)(?P<sign>\s*=\s*)('(?:\\.|[^'\\])*'|[^\s&'\"]+)", re.IGNORECASE)
_TOKEN_SHAPED = re.compile(r"sk-|AKIA|gh[pousr]_|github_pat_|xox[a-z]-|eyJ|hf_|AIza")
_NAMES_A_PLACE = re.compile(r"-(to|append|file|env|command)$")  # of a secret, not the secret
_RISKY_OPTION = re.compile(r"^(database-url|.*-params|.*headers?|env|.*config|value|.*url)$")


def printable(text: str) -> str:
    """The text with every control character written out, as `\\n` or `\\x1b`."""
    return _CONTROLS.sub(_written_out, text)


def one_line(text: str) -> str:
    """A message on one line: breaks become blanks, other control characters are written out."""
    return printable(" ".join(text.split()))


def _written_out(found: re.Match[str]) -> str:
    character = found.group()
    code = ord(character)
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def scrubbed(text: str) -> str:
    """The text without what looks like a key or a password of a database: for tracebacks."""
    text = _IN_TEXT.sub("sk-" + secrets.MASK, text)
    text = _IN_URL.sub(rf"\g<start>:{secrets.MASK}@", text)
    return _IN_CONNINFO.sub(rf"\g<name>\g<sign>{secrets.MASK}", text)


def record(words: Iterable[str]) -> str:
    """A command line as it may be kept: without the values that are, or could hold, a secret."""
    shown: list[str] = []
    hides = False  # the word before announced a secret
    for word in words:
        name, sign, value = word.partition("=")
        if word.startswith("-") and word != "-":
            option = name.lstrip("-")
            hides = not sign and _announces(option)
            shown.append(f"{name}={_value(value, hides=_announces(option))}" if sign else name)
        else:
            shown.append(_value(word, hides=hides))
            hides = secrets.is_secret_name(word)
    return " ".join(shown)


def _announces(option: str) -> bool:
    if _NAMES_A_PLACE.search(option):
        return False
    return secrets.is_secret_name(option.replace("-", "_")) or _RISKY_OPTION.match(option) is not None


def _value(text: str, *, hides: bool) -> str:
    name, sign, _ = text.partition("=")
    if text == "-" or text.startswith("@"):
        return text
    if hides or text[:1] in ("{", "[") or _TOKEN_SHAPED.match(text):
        return secrets.MASK
    if sign and _announces(name.rstrip(":").lower()):
        return f"{name}={secrets.MASK}"
    return scrubbed(one_line(text))
