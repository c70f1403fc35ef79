"""Random ids, reproducible from a seed."""

import random
import threading


class Ids:
    """A seeded source of ids. Any thread may call any method."""

    def __init__(self, *seed: object) -> None:
        self._random = random.Random(":".join(map(str, seed)))
        self._lock = threading.Lock()

    def uuid4(self) -> str:
        """Return a version 4 UUID (RFC 9562) in lower case."""
        with self._lock:
            return uuid4(self._random)

    def octets(self, number: int) -> bytes:
        """Return `number` random bytes, for ids in other formats."""
        return self._random.randbytes(number)  # a single call, which is atomic


def uuid4(source: random.Random) -> str:
    """Return a version 4 UUID made of the next 128 bits of `source`."""
    bits = source.getrandbits(128) & ~(0xF000_C000 << 48) | (0x4000_8000 << 48)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
