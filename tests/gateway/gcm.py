"""AES-256-GCM written down from its standard (FIPS 197, SP 800-38D), slowly, to hold the program's against."""

from __future__ import annotations

import base64
import hashlib


def _times(a: int, b: int) -> int:
    """The product in the field of 256 elements."""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def _substitutes() -> list[int]:
    table = []
    for value in range(256):
        inverse = next((one for one in range(256) if _times(value, one) == 1), 0)
        turned = [inverse] + [((inverse << n) | (inverse >> (8 - n))) & 0xFF for n in range(1, 5)]
        table.append(turned[0] ^ turned[1] ^ turned[2] ^ turned[3] ^ turned[4] ^ 0x63)
    return table


BOX = _substitutes()


def _round_keys(key: bytes) -> list[list[int]]:
    words, constant = [list(key[i : i + 4]) for i in range(0, 32, 4)], 1
    for place in range(8, 60):
        word = list(words[-1])
        if place % 8 == 0:
            word = [BOX[one] for one in (*word[1:], word[0])]
            word[0] ^= constant
            constant = _times(constant, 2)
        elif place % 8 == 4:
            word = [BOX[one] for one in word]
        words.append([a ^ b for a, b in zip(words[place - 8], word, strict=True)])
    return [[byte for word in words[i : i + 4] for byte in word] for i in range(0, 60, 4)]


def block(key: bytes, plain: bytes) -> bytes:
    """One block of AES-256."""
    keys = _round_keys(key)
    state = [a ^ b for a, b in zip(plain, keys[0], strict=True)]
    for number, round_key in enumerate(keys[1:], 1):
        state = [BOX[one] for one in state]
        state = [state[(place + 4 * (place % 4)) % 16] for place in range(16)]
        if number < 14:
            columns = [state[i : i + 4] for i in range(0, 16, 4)]
            state = [
                _times(column[row], 2)
                ^ _times(column[(row + 1) % 4], 3)
                ^ column[(row + 2) % 4]
                ^ column[(row + 3) % 4]
                for column in columns
                for row in range(4)
            ]
        state = [a ^ b for a, b in zip(state, round_key, strict=True)]
    return bytes(state)


def _hash(subkey: int, data: bytes) -> int:
    found = 0
    for start in range(0, len(data), 16):
        value, total = found ^ int.from_bytes(data[start : start + 16].ljust(16, b"\0")), 0
        factor = subkey
        for bit in range(127, -1, -1):
            total ^= factor if value >> bit & 1 else 0
            factor = (factor >> 1) ^ (0xE1 << 120 if factor & 1 else 0)
        found = total
    return found


def _stream(key: bytes, nonce: bytes, data: bytes) -> bytes:
    blocks = (block(key, nonce + (2 + n).to_bytes(4)) for n in range((len(data) + 15) // 16))
    return bytes(a ^ b for a, b in zip(data, b"".join(blocks), strict=False))


def _tag(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    subkey = int.from_bytes(block(key, bytes(16)))
    padded = sealed + bytes(-len(sealed) % 16)
    lengths = (0).to_bytes(8) + (8 * len(sealed)).to_bytes(8)
    mask = int.from_bytes(block(key, nonce + (1).to_bytes(4)))
    return (_hash(subkey, padded + lengths) ^ mask).to_bytes(16)


def encrypt(key: bytes, nonce: bytes, plain: bytes) -> bytes:
    sealed = _stream(key, nonce, plain)
    return sealed + _tag(key, nonce, sealed)


def seal(text: str, salt: str, nonce: bytes = b"twelve bytes") -> str:
    """As the page on resources has it (21)."""
    key = hashlib.sha256(salt.encode()).digest()
    return "v2:gcm:" + base64.urlsafe_b64encode(nonce + encrypt(key, nonce, text.encode())).decode()


def unseal(text: str, salt: str) -> str | None:
    if not text.startswith("v2:gcm:"):
        return None
    raw, key = base64.urlsafe_b64decode(text[7:]), hashlib.sha256(salt.encode()).digest()
    nonce, sealed, tag = raw[:12], raw[12:-16], raw[-16:]
    return _stream(key, nonce, sealed).decode() if _tag(key, nonce, sealed) == tag else None
