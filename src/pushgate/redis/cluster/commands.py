"""Slots of keys, and the keys of commands.

Pure.
"""

from collections.abc import Sequence
from functools import lru_cache

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from pushgate.redis.hash_tags import QUEUE

SLOTS = REDIS_CLUSTER_HASH_SLOTS
Word = bytes | str | int | float
_KEY_AT = {"EVAL": 3, "EVALSHA": 3, "OBJECT": 2, "MEMORY": 2, "BITOP": 2}
"""Where the first key of a command is, unless it is the first argument."""
_COUNTED = {"ZUNION", "ZINTER", "ZDIFF", "ZINTERCARD", "SINTERCARD", "ZMPOP", "LMPOP"}
"""Commands that begin with the number of their keys."""
_KEYLESS = {"PING", "TIME", "PUBLISH"}
"""Commands without a key that any server answers in the same way."""
_OF_SERVERS = {
    *("INFO", "SCAN", "KEYS", "DBSIZE", "RANDOMKEY", "FLUSHDB", "FLUSHALL", "ROLE", "WAIT", "WAITAOF"),
    *("BGSAVE", "BGREWRITEAOF", "SAVE", "LASTSAVE", "SHUTDOWN", "SWAPDB", "SELECT", "DEBUG"),
    *("CONFIG", "SCRIPT", "FUNCTION", "CLIENT", "CLUSTER", "ACL", "COMMAND", "LATENCY", "SLOWLOG"),
}
"""Commands that concern one server, whichever keys it has."""
_GLOB = frozenset("*?[\\")


@lru_cache(maxsize=65_536)
def slot_of(key: bytes | str) -> int:
    """The slot of a key, which is that of its hash tag if it has one."""
    return key_slot(key.encode() if isinstance(key, str) else key)


def key_of(command: Sequence[Word]) -> bytes | str | None:
    """The first key of a command; None for a command that any server answers.

    Raises TypeError for a command that concerns one server: `masters` of the client has them.
    """
    name = str(command[0])
    if name == "EVALSHA":  # most commands are
        return _text(command[3])
    word = name.partition(" ")[0].upper()
    if word in _KEYLESS:
        return None
    if word in _OF_SERVERS:
        raise TypeError(f"{word} concerns a server: ask the masters of the client")
    if word in ("XREAD", "XREADGROUP"):
        return _text(command[[str(part).upper() for part in command].index("STREAMS") + 1])
    place = 2 if word in _COUNTED else _KEY_AT.get(word, 1)
    return _text(command[place - 1 if " " in name and place > 1 else place])


def tag_of_pattern(pattern: str | None) -> str | None:
    """The head of all keys that a pattern of SCAN matches, up to the end of its hash tag; None
    where they may have any.
    """
    head, end, _ = (pattern or "").partition("}")
    return head + end if end and "{" in head and _GLOB.isdisjoint(head) else None


def is_script(command: Sequence[Word]) -> bool:
    """Whether the command runs a script, which may use keys that it does not name."""
    return command[0] in ("EVALSHA", "EVAL")


def _text(word: Word) -> bytes | str:
    return word if isinstance(word, bytes | str) else str(word)


QUEUE_SLOT = slot_of(QUEUE)
"""The slot of the queue, without which nothing works."""
