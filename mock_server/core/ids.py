"""Identifiers drawn from the seed, so that one seed gives one set of ids."""

import random
import threading


class Ids:
    """A source of ids that several threads may share."""

    def __init__(self, *seed: object) -> None:
        self._random = random.Random(":".join(map(str, seed)))
        self._lock = threading.Lock()

    def uuid4(self) -> str:
        """A version 4 UUID (RFC 9562) in lower case."""
        with self._lock:
            return uuid4(self._random)

    def octets(self, number: int) -> bytes:
        """`number` bytes, for ids that are written in another way."""
        return self._random.randbytes(number)  # a single draw, which needs no lock


def uuid4(source: random.Random) -> str:
    """A version 4 UUID made of the next 128 bits of `source`."""
    bits = source.getrandbits(128) & ~(0xF000_C000 << 48) | (0x4000_8000 << 48)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
