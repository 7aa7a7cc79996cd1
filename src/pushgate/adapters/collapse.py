"""Names under which a notification replaces an earlier one on the device. Pure."""

import hashlib
import zlib

from pushgate.adapters.contract import Push

MAX_COLLAPSE_ID = 64
"""Bytes of APNs' collapse id: docs/reference/vendors/apns.md#limits"""


def collapse_name(push: Push) -> str:
    """Return the name under which the push is shown: a later push with the same name replaces it.

    Pushes with a collapse key share the key as their name. Otherwise the message's id is the name,
    so that a push that is sent twice only replaces itself.
    """
    return push.options.collapse_key or push.message_id


def notification_id(push: Push) -> int:
    """Return a number for the collapse name, 1 to 2^31 - 1."""
    return max(1, zlib.crc32(collapse_name(push).encode()) & 0x7FFFFFFF)


def apns_collapse_id(name: str) -> str:
    """Return the name as APNs takes it: printable ASCII of at most 64 bytes, else a digest."""
    if len(name) <= MAX_COLLAPSE_ID and name.isascii() and name.isprintable() and name == name.strip():
        return name
    return hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
