"""Personal content: what it needs to know of a terminal, and the bytes that a terminal gets. Pure.

A vendor renders the content once, with marks in place of values. The bytes are cut at the marks,
and for each terminal its values are put between the pieces. The result is equal, byte for byte, to
rendering the whole push with the values in place.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import NamedTuple, Self
from urllib.parse import quote

from msgspec import structs

from pushgate.content.personal.filters import Column
from pushgate.content.personal.marks import QUOTES, CutBytes, Quote, cut, escaper, mark
from pushgate.content.personal.syntax import Parts, Placeholder, ValueName, parse, placeholders_in
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content

Render = Callable[[Content], bytes]
"""A vendor's rendering of a push with a content, to the bytes that hold the content. It may raise
PayloadRejected, and must not shorten the content.
"""
_LONGEST = 256
"""Characters of a value. Only a few special ones become longer, such as `ß` in capitals."""
_QUOTED = 12
"""Characters of a percent-encoded character, at most."""
_SAMPLES = ('"\\ /\u00e9', "x")
"""Two values for which filling must make the bytes that the vendor's rendering makes: one of
characters that some vendor escapes; and one that is shorter than a mark, for a vendor may write
texts in another form from some length on.
"""
_LARGEST = ("\U00020000", '"')
"""Characters that are the largest by some measure of vendors: four bytes and twice as wide as a
letter, or escaped in each level of JSON.
"""


class _Slot(NamedTuple):
    """A placeholder as it is filled in: in an address it is percent-encoded."""

    placeholder: Placeholder
    in_url: bool


@dataclass(frozen=True, slots=True)
class Texts:
    """What placeholders show to terminals.

    `columns` has a list for each slot of the content, with a text for each terminal of `indexes`:
    the terminals that have all values. `missing` has the others, each with the first value that it
    lacks.
    """

    indexes: Sequence[int]
    columns: Sequence[Sequence[str]]
    missing: Sequence[tuple[int, ValueName]] = ()

    def grouped(self) -> tuple[Self, list[list[int]]]:
        """Return texts without repeats, and for each of them the positions in `indexes` of the
        terminals that get the same.
        """
        groups: dict[tuple[str, ...], list[int]] = {}
        rows = zip(*self.columns, strict=True) if self.columns else ((),) * len(self.indexes)
        for position, row in enumerate(rows):
            groups.setdefault(row, []).append(position)
        positions = list(groups.values())
        firsts = [self.indexes[first[0]] for first in positions]
        columns = [[row[slot] for row in groups] for slot in range(len(self.columns))]
        return replace(self, indexes=firsts, columns=columns), positions


class Filled(NamedTuple):
    """Bytes between `before` and `after` for each terminal of the texts.

    Those at the positions in `whole` are not to be used: the vendor may not take so long a content,
    so the push is rendered whole for them.
    """

    middles: list[bytes]
    whole: list[int]


class PersonalContent:
    """A content in one language, with its placeholders."""

    def __init__(self, content: Content, language: str) -> None:
        """Raises PersonalError where placeholders are wrong."""
        self._content = content
        self._language = language
        self._template = parse(content)
        template = self._template
        shown = list(placeholders_in(replace(template, url=None)))
        in_url = [part for part in template.url or () if isinstance(part, Placeholder)]
        slots = [_Slot(one, in_url=False) for one in shown] + [_Slot(one, in_url=True) for one in in_url]
        self._numbers = {slot: number for number, slot in enumerate(dict.fromkeys(slots))}
        self._columns = {slot.placeholder: Column(slot.placeholder, language) for slot in self._numbers}
        self.names: Sequence[ValueName] = tuple(dict.fromkeys(one.name for one in self._columns))
        """The values that the content names, each once."""

    @property
    def required(self) -> frozenset[ValueName]:
        """The values without which a terminal does not get the content: there is no default."""
        return frozenset(one.name for one, column in self._columns.items() if not column.texts([None])[0])

    def shows_any(self, name: ValueName, stored: Sequence[str]) -> bool:
        """Whether each placeholder of this name shows one of these stored values at least."""
        return all(any(column.texts(stored)) for one, column in self._columns.items() if one.name == name)

    def lacking(self, name: ValueName, stored: Sequence[str | None]) -> set[int]:
        """Return the indexes of those stored values of which some placeholder of this name would
        show nothing without its default.
        """
        return {
            index
            for one in self._columns
            if one.name == name
            for index, text in enumerate(Column(one.without_default, self._language).texts(stored))
            if not text
        }

    def texts(self, stored: Mapping[ValueName, Sequence[str | None]], count: int) -> Texts:
        """Return what `count` terminals get to see. `stored` has their values for each of `names`,
        as they are stored (`value_text`), None where there is none.
        """
        shown = {one: column.texts(stored[one.name]) for one, column in self._columns.items()}
        missing: dict[int, ValueName] = {}
        for one, texts in shown.items():
            if not all(texts):
                for index, text in enumerate(texts):
                    if not text:
                        missing.setdefault(index, one.name)
        indexes: Sequence[int] = range(count)
        if missing:
            indexes = [index for index in indexes if index not in missing]
            shown = {one: [texts[index] for index in indexes] for one, texts in shown.items()}
        columns = [
            [quote(text, safe="") for text in shown[slot.placeholder]]
            if slot.in_url
            else shown[slot.placeholder]
            for slot in self._numbers
        ]
        return Texts(indexes, columns, sorted(missing.items()))

    def content(self, texts: Texts, position: int) -> Content:
        """Return the whole content with the values of a terminal in place."""
        return self._with([column[position] for column in texts.columns])

    def sample(self, values: Mapping[ValueName, Sequence[str | None]]) -> Content:
        """Return the content with sample values, which may be of any kind: each placeholder shows
        the first of `values` (as they are stored) that its filters take. For None it shows its
        default.
        """
        shown = {
            one: next(filter(None, column.texts(values[one.name])), "-")
            for one, column in self._columns.items()
        }
        texts = [shown[slot.placeholder] for slot in self._numbers]
        return self._with(
            [
                quote(text, safe="") if slot.in_url else text
                for slot, text in zip(self._numbers, texts, strict=True)
            ]
        )

    def compile(self, render: Render) -> "VendorContent | None":
        """Return what fills the content into the vendor's bytes.

        None where the content must be rendered whole for each terminal: it hardly fits the vendor's
        limits, or the vendor writes it in an unknown way.
        """
        try:
            rendered = render(self._with([mark(number) for number in range(len(self._numbers))]))
        except PayloadRejected:
            return None
        pieces = cut(rendered)
        for quote_text in QUOTES:
            compiled = VendorContent(pieces, quote_text, self._url_slots(), _LONGEST)
            if all(self._is_equal(compiled, render, sample) for sample in _SAMPLES):
                limit = self._longest_that_fits(compiled, render)
                return VendorContent(pieces, quote_text, self._url_slots(), limit) if limit else None
        return None

    def _url_slots(self) -> frozenset[int]:
        return frozenset(number for slot, number in self._numbers.items() if slot.in_url)

    def _longest_that_fits(self, compiled: "VendorContent", render: Render) -> int:
        """Return how many characters each value may have so that the vendor surely takes the
        content, as it would be rendered whole.
        """
        fits, too_long = 0, _LONGEST + 1
        length = _LONGEST
        while too_long - fits > 1:
            if all(self._is_equal(compiled, render, character * length) for character in _LARGEST):
                fits = length
            else:
                too_long = length
            length = (fits + too_long) // 2
        return fits

    def _is_equal(self, compiled: "VendorContent", render: Render, text: str) -> bool:
        """Whether filling makes the same of this text, for all values, as rendering the whole."""
        row = [quote(text, safe="") if slot.in_url else text for slot in self._numbers]
        try:
            rendered = render(self._with(row))
        except PayloadRejected:
            return False
        (middle,), _ = compiled.fill(Texts(range(1), [[one] for one in row]))
        return rendered == compiled.before + middle + compiled.after

    def _with(self, row: Sequence[str]) -> Content:
        """Return the content with these texts in its slots."""

        def join(parts: Parts, *, in_url: bool = False) -> str:
            return "".join(
                part if isinstance(part, str) else row[self._numbers[_Slot(part, in_url)]] for part in parts
            )

        template = self._template
        return structs.replace(
            self._content,
            title=join(template.title),
            body=join(template.body),
            data={key: join(parts) for key, parts in template.data.items()},
            url=None if template.url is None else join(template.url, in_url=True),
        )


class VendorContent:
    """A personal content as one vendor gets it. `before` and `after` are the same for all."""

    def __init__(self, pieces: CutBytes, quote_text: Quote, url_slots: frozenset[int], limit: int) -> None:
        """A value with at most `limit` characters surely fits the vendor's limits."""
        self.before, *between = pieces.pieces
        self.after = between.pop() if between else b""
        distinct = {hole: number for number, hole in enumerate(dict.fromkeys(pieces.holes))}
        self._escapers = [(hole.number, escaper(hole, quote_text)) for hole in distinct]
        self._limits = {
            hole.number: limit * _QUOTED if hole.number in url_slots else limit for hole in distinct
        }
        order = [distinct[hole] for hole in pieces.holes]
        has_repeats = order != list(range(len(order)))
        self._pick = itemgetter(*order) if has_repeats else None
        self._format = b"%s".join([b"", *(piece.replace(b"%", b"%%") for piece in between), b""])

    def fill(self, texts: Texts) -> Filled:
        """Return the bytes between `before` and `after` for each terminal of the texts."""
        if not self._escapers:
            return Filled([b""] * len(texts.indexes), [])
        columns = (map(escape, texts.columns[number]) for number, escape in self._escapers)
        rows: Iterable[tuple[bytes, ...]] = zip(*columns, strict=True)
        if self._pick:
            rows = map(self._pick, rows)
        form = self._format
        return Filled([form % row for row in rows], self._too_long(texts))

    def _too_long(self, texts: Texts) -> list[int]:
        found = set[int]()
        for number, limit in self._limits.items():
            column = texts.columns[number]
            if max(map(len, column), default=0) > limit:
                found.update(position for position, text in enumerate(column) if len(text) > limit)
        return sorted(found)
