"""The personal contents of one bundle. Each content is parsed once, and filled for one terminal
after the other.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from pushgate.bundles.bundle_values import BundleSlot, TakenBundle
from pushgate.content.language import best_match
from pushgate.content.personal.filling import PersonalContent
from pushgate.domain.errors import VendorError
from pushgate.domain.message import Content, OnMissing, Personal
from pushgate.ledger.values import Failure
from pushgate.terminals.addressed import Addressed
from pushgate.terminals.personal_values import ValueColumns, wanted_for
from pushgate.worker import failure_reasons
from pushgate.worker.personal_push import read_content


@dataclass(frozen=True, slots=True)
class FilledContent:
    """A content filled with a terminal's values. Within a message, equal contents have equal
    keys.
    """

    content: Content
    key: Hashable


class BundleContent:
    """The content of one message of a bundle, in one language."""

    def __init__(
        self, language: str, content: PersonalContent, personal: Personal, values: ValueColumns
    ) -> None:
        self._content = content
        self._values = values
        falls_back = personal.on_missing is OnMissing.FALLBACK
        self._fallback = personal.fallback.get(language) if falls_back else None

    def fill(self, found: Addressed, vendor: str) -> FilledContent | Failure:
        """Return the content that a terminal of the vendor gets, or the reason why it gets none."""
        texts = self._content.texts(self._values.of(found), 1)
        if not texts.missing:
            row = tuple(column[0] for column in texts.columns)
            return FilledContent(self._content.content(texts, 0), row)
        if self._fallback is not None:
            return FilledContent(self._fallback, None)
        return failure_reasons.missing_value(vendor, str(texts.missing[0][1]))


class BundleContents:
    """The personal contents that the slots of a bundle get. Created for one run of the bundle."""

    def __init__(self, taken: TakenBundle, slots: Iterable[BundleSlot]) -> None:
        self.unreadable: list[BundleSlot] = []
        """Slots whose content has placeholders that this version cannot read."""
        self._taken = taken
        self._read: dict[tuple[int, int, str], tuple[PersonalContent, Personal] | None] = {}
        for slot in slots:
            if self._is_personal(slot) and self._read_content(slot) is None:
                self.unreadable.append(slot)
        found = [one for one in self._read.values() if one]
        self.wanted = wanted_for(name for content, _ in found for name in content.names)
        """The attributes of terminals and users that the contents show."""
        self._contents = {
            key: BundleContent(key[2], content, personal, ValueColumns(content.names, personal, self.wanted))
            for key, one in self._read.items()
            if one
            for content, personal in [one]
        }

    def __bool__(self) -> bool:
        """Whether any slot gets a personal content."""
        return bool(self._read)

    def find(self, slot: BundleSlot) -> BundleContent | None:
        """Return the personal content of the slot's terminal; None where the message is plain."""
        return self._contents[self._key(slot)] if self._is_personal(slot) else None

    def _is_personal(self, slot: BundleSlot) -> bool:
        return self._taken.readable_bodies_of(slot).is_personal(slot.send.index)

    def _key(self, slot: BundleSlot) -> tuple[int, int, str]:
        bodies, index = self._taken.readable_bodies_of(slot), slot.send.index
        *offered, default = bodies.languages(index)
        return slot.send.segment, index, best_match(slot.group.language, offered, default)

    def _read_content(self, slot: BundleSlot) -> tuple[PersonalContent, Personal] | None:
        key = self._key(slot)
        if key not in self._read:
            bodies = self._taken.readable_bodies_of(slot)
            personal = bodies.personal(slot.send.index)
            assert personal is not None
            try:
                content = read_content(bodies.content(slot.send.index, key[2]), key[2])
            except VendorError:
                self._read[key] = None
            else:
                self._read[key] = content, personal
        return self._read[key]
