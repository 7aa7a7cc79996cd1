"""How much of a text vendors take, and the text as each of them shows it. Pure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pushgate.adapters.registry import vendors
from pushgate.adapters.text_width import width
from pushgate.adapters.truncation import cut
from pushgate.adapters.vendor import Feature

NEAR = 0.9
"""The share of a limit from which it is near."""


class Part(StrEnum):
    """A text of a content."""

    TITLE = "title"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A text against the limit of one vendor. `by_width` counts a Chinese character as 2."""

    vendor: str
    used: int
    maximum: int
    by_width: bool

    @property
    def is_over(self) -> bool:
        """Whether the text is longer than the vendor takes."""
        return self.used > self.maximum

    @property
    def is_near(self) -> bool:
        """Whether little is left."""
        return not self.is_over and self.used > self.maximum * NEAR


def count_text(text: str, part: Part, of_vendors: Collection[str]) -> list[Counted]:
    """Return the text against the limits of these vendors, the tightest first. Vendors without a
    limit are not among them.
    """
    found = [
        Counted(vendor=name, used=measure(text), maximum=maximum, by_width=measure is width)
        for name in of_vendors
        for maximum, measure in [_limit(name, part)]
        if maximum is not None
    ]
    return sorted(found, key=lambda one: (one.maximum, not one.by_width, one.vendor))


def cut_for(text: str, part: Part, vendor: str) -> str:
    """Return the text as the vendor gets it where texts that are too long are cut."""
    maximum, measure = _limit(vendor, part)
    return text if maximum is None or measure(text) <= maximum else cut(text, maximum, measure)


def shows_images(vendor: str) -> bool:
    """Whether the vendor shows a picture of a push."""
    return vendor in vendors() and Feature.IMAGE in vendors()[vendor].features


def _limit(vendor: str, part: Part) -> tuple[int | None, Callable[[str], int]]:
    known = vendors().get(vendor)
    if known is None:
        return None, len
    maximum = known.limits.max_title if part is Part.TITLE else known.limits.max_body
    return maximum, width if known.limits.unit == "width" else len


def tightest(counted: Sequence[Counted]) -> Counted | None:
    """Return the limit that the text is over, the tightest of them; None where it fits."""
    return next((one for one in counted if one.is_over), None)
