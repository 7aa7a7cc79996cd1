"""A terminal to its row for `register.lua`, and back from its stored record. Pure."""

import msgspec

from pushgate.domain.terminal import Group, Terminal

Version = tuple[bytes, bytes]
"""A terminal's record and push token as they were read."""


def encode_rows(terminals: list[Terminal]) -> bytes:
    """Terminals as `register.lua` takes them, as MessagePack."""
    return msgspec.msgpack.encode([_row(terminal) for terminal in terminals])


def _row(terminal: Terminal) -> list[object]:
    """Id, group, token, user, tags, timezone, and the language where it is not the group's; False
    for none.
    """
    return [
        terminal.id,
        Group(terminal.vendor, terminal.group_language or terminal.language).key,
        terminal.token,
        terminal.user or False,
        list(terminal.tags),
        terminal.timezone or False,
        terminal.group_language not in (None, terminal.language) and terminal.language,
    ]


def decode_terminal(terminal_id: str, record: bytes, token: bytes) -> Terminal:
    """The terminal of a stored record; `records.lua` lists the record's fields."""
    group, _, _, user, tags, timezone, _, _, *later = msgspec.msgpack.decode(record)
    vendor, group_language = str(group).split("/")
    # A record of an earlier version has no language: the terminal's language was the group's.
    language = later[0] if later and later[0] else group_language
    return Terminal(
        id=terminal_id,
        vendor=vendor,
        token=token.decode(),
        language=language,
        user=user or None,
        tags=tuple(tags or ()),
        timezone=timezone or None,
        group_language=None if language == group_language else group_language,
    )
