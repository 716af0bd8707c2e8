"""SipHash-2-4 (Aumasson and Bernstein), 64 bits: the keyed tag of a result line."""

import secrets
from dataclasses import dataclass

MASK = (1 << 64) - 1


def _rotate(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (64 - bits))) & MASK


def _round(v0: int, v1: int, v2: int, v3: int) -> tuple[int, int, int, int]:
    v0 = (v0 + v1) & MASK
    v1 = _rotate(v1, 13) ^ v0
    v0 = _rotate(v0, 32)
    v2 = (v2 + v3) & MASK
    v3 = _rotate(v3, 16) ^ v2
    v0 = (v0 + v3) & MASK
    v3 = _rotate(v3, 21) ^ v0
    v2 = (v2 + v1) & MASK
    v1 = _rotate(v1, 17) ^ v2
    v2 = _rotate(v2, 32)
    return v0, v1, v2, v3


@dataclass(frozen=True)
class Key:
    """128 bits, as two 64-bit words. Written as 32 hex digits: `k0` first, each most significant digit first."""

    k0: int
    k1: int

    @staticmethod
    def random() -> "Key":
        return Key(secrets.randbits(64), secrets.randbits(64))

    def __str__(self) -> str:
        return f"{self.k0:016x}{self.k1:016x}"


def siphash(key: Key, message: bytes) -> int:
    """The 64-bit tag of `message` under `key`."""
    state = (
        key.k0 ^ 0x736F6D6570736575,
        key.k1 ^ 0x646F72616E646F6D,
        key.k0 ^ 0x6C7967656E657261,
        key.k1 ^ 0x7465646279746573,
    )
    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) & 0xFF])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        v0, v1, v2, v3 = state
        state = _round(*_round(v0, v1, v2, v3 ^ word))
        state = (state[0] ^ word, *state[1:])
    v0, v1, v2, v3 = state
    state = (v0, v1, v2 ^ 0xFF, v3)
    for _ in range(4):
        state = _round(*state)
    v0, v1, v2, v3 = state
    return v0 ^ v1 ^ v2 ^ v3


def tag(key: Key, line: str) -> str:
    """The tag of a line's text, as the kernel prints it: 16 hex digits."""
    return f"{siphash(key, line.encode()):016x}"
