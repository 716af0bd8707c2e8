"""SipHash-2-4 against the vectors of its authors: key 00 01 … 0f, message 00 01 … of each length."""

import pytest
from pollux.machine.siphash import Key, siphash, tag

# github.com/veorq/SipHash, vectors.h, as 64-bit words.
VECTORS = {
    0: 0x726FDB47DD0E0E31,
    1: 0x74F839C593DC67FD,
    2: 0x0D6C8009D9A94F5A,
    7: 0xAB0200F58B01D137,
    8: 0x93F5F5799A932462,
    15: 0xA129CA6149BE45E5,
    63: 0x958A324CEB064572,
}
KEY = Key(0x0706050403020100, 0x0F0E0D0C0B0A0908)


@pytest.mark.parametrize("length", VECTORS)
def test_reference_vector(length: int) -> None:
    assert siphash(KEY, bytes(range(length))) == VECTORS[length]


def test_tag_is_sixteen_digits() -> None:
    assert tag(KEY, "") == "726fdb47dd0e0e31"


def test_key_is_written_first_word_first() -> None:
    assert str(Key(1, 0xAB)) == "000000000000000100000000000000ab"


def test_random_keys_differ() -> None:
    assert Key.random() != Key.random()
