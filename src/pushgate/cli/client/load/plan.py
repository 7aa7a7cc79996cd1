"""What a load sends: how many messages, to whom, and when. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from pushgate_client import types

VENDORS: tuple[types.Vendor, ...] = (
    "apns",
    "fcm",
    "harmony",
    "honor",
    "huawei",
    "meizu",
    "oppo",
    "vivo",
    "xiaomi",
)
"""Vendors whose sections name the server to call. Web Push calls what each token names."""
_TOKEN_DIGITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """A load. `run` is a word of hexadecimal digits that is in all of its names, tokens and texts.

    `rate` small messages a second for `seconds`, each to one terminal; meanwhile `broadcasts`, each
    to all `terminals`.
    """

    run: str
    vendors: Sequence[types.Vendor]
    terminals: int
    rate: float
    seconds: float
    broadcasts: int

    @property
    def small_messages(self) -> int:
        """How many small messages there are."""
        return round(self.rate * self.seconds)

    @property
    def tag(self) -> str:
        """The tag of the load's terminals."""
        return f"load-{self.run}"

    def terminal_id(self, number: int) -> str:
        """The id of a terminal, from its number."""
        return f"load-{self.run}-{number % self.terminals}"

    def registrations(self) -> Iterator[types.TerminalLine]:
        """All terminals, vendor by vendor in turn."""
        for number, vendor in zip(range(self.terminals), cycle(self.vendors), strict=False):
            yield {
                "id": self.terminal_id(number),
                "vendor": vendor,
                "token": f"{self.run}{number:0{_TOKEN_DIGITS - len(self.run)}x}",
                "language": "en",
                "tags": [self.tag],
            }

    def due_after(self, number: int) -> float:
        """Seconds after the start at which a small message is due."""
        return number / self.rate

    def broadcast_after(self, number: int) -> float:
        """Seconds after the start at which a broadcast is due: they are spread over the load."""
        return self.seconds * number / self.broadcasts

    def content(self, name: str) -> dict[str, types.ContentBody]:
        """The content of the message of this name, which its vendor's requests show."""
        return {"en": {"title": "pushgate load", "body": f"load-{self.run}-{name}-"}}

    def name_pattern(self) -> re.Pattern[str]:
        """What finds the name of a small message in a vendor's request."""
        return re.compile(rf"load-{self.run}-([0-9]+)-")
