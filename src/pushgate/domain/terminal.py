"""A terminal, its group, and a push token that a message brings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

UNDETERMINED = "und"
"""The language of a group whose terminals receive the default language.

Their own language is unknown, or the app has too many languages.
"""

AttributeValue = str | int | float | bool
"""The value of an attribute of a terminal or of its user."""


@dataclass(frozen=True, slots=True)
class Group:
    """The terminals of one app with the same vendor and language.

    An `inline` group holds terminals that a message brings as push tokens. Their slots are numbered
    within the message, not in the registry.
    """

    vendor: str
    language: str
    inline: bool = False

    @property
    def key(self) -> str:
        """Text form, used in keys and fields: `apns/zh-Hans`, `apns/zh-Hans/inline`."""
        return f"{self.vendor}/{self.language}/inline" if self.inline else f"{self.vendor}/{self.language}"

    @classmethod
    def parse(cls, key: str) -> "Group":
        """Read the text form back."""
        vendor, language, *rest = key.split("/")
        return cls(vendor, language, bool(rest))


class Terminal(msgspec.Struct, frozen=True, gc=False):
    """One installation of the app on one device. `msgspec.structs.replace` changes fields.

    No dataclass: imports make millions of terminals, and a frozen dataclass takes ten times as
    long.
    """

    id: str
    vendor: str
    token: str
    language: str
    user: str | None = None
    tags: tuple[str, ...] = ()
    timezone: str | None = None
    attributes: Mapping[str, AttributeValue] = {}
    app_version: str | None = None
    last_seen: datetime | None = None
    """When the app was last seen on the device. Unset in a registration = now."""
    registered_at: datetime | None = None
    """When the terminal was first registered. Unset in a registration = as known, else now."""
    group_language: str | None = None
    """The language of the terminal's group; unset = its own language."""
    is_anonymous: bool = False
    """Whether it registered itself without a registration token."""
    opt_out: tuple[str, ...] | None = None
    """Categories of messages that the terminal gets none of, sorted. Unset = none, in a
    registration = as known.
    """


@dataclass(frozen=True, slots=True)
class InlineToken:
    """A terminal that a message names by its push token, registered or not."""

    vendor: str
    token: str
    language: str
