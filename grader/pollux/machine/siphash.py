"""The keyed tag of a result line: SipHash-2-4 (Aumasson and Bernstein), 64 bits, as libsodium computes it."""

import secrets
import struct
from dataclasses import dataclass

from nacl.encoding import RawEncoder
from nacl.hash import siphash24


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
    words = struct.pack("<2Q", key.k0, key.k1)
    return int.from_bytes(siphash24(message, words, RawEncoder), "little")


def tag(key: Key, line: str) -> str:
    """The tag of a line's text, as the kernel prints it: 16 hex digits."""
    return f"{siphash(key, line.encode()):016x}"
