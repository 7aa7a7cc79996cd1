"""A terminal, the group that it belongs to, and a push token that a message brings itself."""

from dataclasses import dataclass

UNDETERMINED = "und"
"""The language of groups of terminals whose own language is not known, or has no room: they get the default language."""


@dataclass(frozen=True, slots=True)
class Group:
    """The terminals of one app with the same vendor and language.

    `inline` groups hold terminals that the message itself brought as push tokens; their slots are numbered
    inside the message, not in the registry.
    """

    vendor: str
    language: str
    inline: bool = False

    @property
    def key(self) -> str:
        """Text form used in keys and fields: `apns/zh-Hans`, `apns/zh-Hans/inline`."""
        return f"{self.vendor}/{self.language}/inline" if self.inline else f"{self.vendor}/{self.language}"

    @classmethod
    def parse(cls, key: str) -> "Group":
        """Read the text form back."""
        vendor, language, *rest = key.split("/")
        return cls(vendor, language, bool(rest))


@dataclass(frozen=True, slots=True)
class Terminal:
    """One installation of the app on one device."""

    id: str
    vendor: str
    token: str
    language: str
    user: str | None = None
    tags: tuple[str, ...] = ()
    timezone: str | None = None
    group_language: str | None = None
    """The language of its group; unset = its own."""


@dataclass(frozen=True, slots=True)
class InlineToken:
    """A terminal given by its push token in the request, registered or not."""

    vendor: str
    token: str
    language: str
