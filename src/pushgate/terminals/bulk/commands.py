"""Redis commands as bytes (RESP), packed by hand: a general packer costs several times the CPU.
Pure.
"""

from collections.abc import Iterable


def word(value: bytes) -> bytes:
    """One word of a command."""
    return b"$%d\r\n%b\r\n" % (len(value), value)


class Commands:
    """Commands that are sent together, in their order."""

    __slots__ = ("count", "parts")

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.count = 0
        """How many commands there are: the server sends as many answers."""

    def add(self, *words: bytes) -> None:
        """Add a command."""
        self.add_packed(len(words), map(word, words))

    def add_packed(self, words: int, packed: Iterable[bytes]) -> None:
        """Add a command of so many words, which are packed already."""
        self.parts.append(b"*%d\r\n" % words)
        self.parts += packed
        self.count += 1

    def get_field(self, key: bytes, field: bytes) -> None:
        """Add an HGET."""
        self.parts.append(
            b"*3\r\n$4\r\nHGET\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n" % (len(key), key, len(field), field)
        )
        self.count += 1

    def set_field(self, key: bytes, field: bytes, value: bytes) -> None:
        """Add an HSET of one field."""
        self.parts.append(
            b"*4\r\n$4\r\nHSET\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n"
            % (len(key), key, len(field), field, len(value), value)
        )
        self.count += 1

    def set_new_field(self, key: bytes, field: bytes, value: bytes) -> None:
        """Add an HSETNX."""
        self.parts.append(
            b"*4\r\n$6\r\nHSETNX\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n"
            % (len(key), key, len(field), field, len(value), value)
        )
        self.count += 1

    def set_bit(self, key: bytes, position: int) -> None:
        """Add a SETBIT to 1."""
        at = b"%d" % position
        self.parts.append(
            b"*4\r\n$6\r\nSETBIT\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n$1\r\n1\r\n" % (len(key), key, len(at), at)
        )
        self.count += 1

    def packed(self) -> bytes:
        """The commands as they are sent."""
        return b"".join(self.parts)
