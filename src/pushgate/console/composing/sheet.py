"""Everything that the page of Compose shows, for its templates."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import cast

from pushgate.adapters.registry import vendors
from pushgate.console.composing.audience_lines import Join
from pushgate.console.composing.desk import Desk
from pushgate.console.composing.documents import Document, write_document
from pushgate.console.composing.faults import MESSAGE, faults_by_field, is_blank
from pushgate.console.composing.figures import Figures
from pushgate.console.composing.languages import (
    count_by_content,
    groups_by_content,
    spoken_by,
    without_own_content,
)
from pushgate.console.composing.message_form import DEFAULT_OPTIONS, ContentForm, MessageForm
from pushgate.console.composing.moments import instant_of
from pushgate.console.composing.option_fields import OptionField, WrittenOption, fields_of
from pushgate.console.composing.previews import Preview, limiting_vendors, show_previews
from pushgate.console.composing.samples import values_shown, with_samples
from pushgate.console.composing.text_limits import Counted, Part, count_text
from pushgate.console.composing.value_lists import parse_named_values
from pushgate_client.types import (
    DraftHead,
    FieldError,
    GroupCount,
    MarkedTerminal,
    MessagePlan,
    SavedAudienceRow,
    SystemProblem,
    TrackedMessage,
)

_OF_LANGUAGE, _SHARED = ("language", "title", "body"), ("url", "image", "data")
"""Fields of each language, and those that languages may share."""
_TAKES = "the vendor takes"
_NAMED_VENDORS = re.compile(rf"\(((?:{'|'.join(vendors())})(?:, (?:{'|'.join(vendors())}))*)\)$")
"""The vendors that a warning is of, at its end."""

_OBSTACLES = frozenset(
    {
        "store_unreachable", "gearman_unreachable", "no_scheduler", "no_worker", "no_worker_for_vendor",
        "section_unreadable", "dispatch_late", "vendor_refuses", "vendor_unavailable",
        "vendor_unanswered", "vendor_throttles", "vendor_quota", "vendor_not_served",
    }
)  # fmt: skip
"""Codes of problems for which pushes wait. What the plan of a message tells is not among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What can be chosen from, and what is wrong with the installation: read once for a page, not
    while somebody types.

    `phones` are those marked for tests; None where the key may not read them. `templates` are names
    of stored ones.
    """

    phones: Sequence[MarkedTerminal] | None = None
    messages: Sequence[TrackedMessage] = ()
    audiences: Sequence[SavedAudienceRow] = ()
    templates: Sequence[str] = ()
    drafts: Sequence[DraftHead] = ()
    problems: Sequence[SystemProblem] = ()


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A form with its figures. `shows_blank` says whether empty fields are told as errors.

    `fault` is one that no field of the message has, such as an unknown language's tag. Templates
    ask for some properties once for each language and field: these are computed once.
    """

    form: MessageForm
    desk: Desk
    figures: Figures
    choices: Choices = field(default_factory=Choices)
    shows_blank: bool = False
    fault: str = ""

    @property
    def document(self) -> Document:
        """The message as it would be sent now."""
        return write_document(self.form.as_shown)

    @property
    def tab(self) -> int:
        """The index of the language that is shown."""
        return min(self.desk.tab, len(self.form.languages) - 1)

    @property
    def plan(self) -> MessagePlan | None:
        """What would come of the message; None where it would be refused."""
        return self.figures.plan

    @property
    def total(self) -> int | None:
        """How many phones it is for; None where the audience is not valid."""
        return self.figures.total

    @cached_property
    def phones_by_language(self) -> Counter[str]:
        """How many phones get each content."""
        return count_by_content(self.figures.groups, self.form.languages, self.form.fallback)

    @property
    def other_languages(self) -> Counter[str]:
        """Phones of the audience by language that no content is written in."""
        return without_own_content(self.figures.groups, self.form.languages)

    @property
    def suggested_languages(self) -> Sequence[str]:
        """Languages of the app's phones that have no content yet."""
        return [tag for tag in spoken_by(self.figures.everybody) if tag not in self.form.contents][:8]

    @cached_property
    def all_faults(self) -> Mapping[str, str]:
        """What is wrong, by field."""
        return faults_by_field(self.figures.errors, self.form)

    @cached_property
    def faults(self) -> Mapping[str, str]:
        """What is told as wrong under the fields: not what is still to be written."""
        found = self.all_faults
        if self.shows_blank:
            return found
        return {name: text for name, text in found.items() if not is_blank(name, self.form)}

    def has_fault_in(self, place: int) -> bool:
        """Return whether a field of the language at this place is told as wrong."""
        shared = () if self.form.by_language else _SHARED
        return any(
            name.endswith(f"_{place}") and name.partition("_")[0] in (*_OF_LANGUAGE, *_SHARED)
            for name in self.faults
            if name.partition("_")[0] not in shared
        )

    @cached_property
    def missing(self) -> Sequence[str]:
        """The fields that are still to be filled in."""
        return [name for name in self.all_faults if is_blank(name, self.form)]

    @property
    def general_fault(self) -> str:
        """What is wrong with no field that is shown."""
        return self.all_faults.get(MESSAGE, "")

    @property
    def vendors_on_page(self) -> Sequence[str]:
        """The vendors whose options are shown: those of the app's phones, and those with any."""
        of_phones = {group["vendor"] for group in self.figures.everybody}
        written = {one.vendor for one in self.form.vendor_options}
        return [name for name in vendors() if name in of_phones or name in written]

    @property
    def vendors_with_options(self) -> Sequence[str]:
        """The vendors that have options of their own in the message."""
        return list(dict.fromkeys(one.vendor for one in self.form.vendor_options))

    @property
    def phones_by_vendor(self) -> Sequence[tuple[str, int]]:
        """The vendors of the audience's phones, most phones first."""
        found = Counter[str]()
        for group in self.figures.groups:
            found[group["vendor"]] += group["count"]
        return found.most_common()

    @property
    def warnings(self) -> Sequence[FieldError]:
        """Warnings of the API, each text once. Left out are those that the plan's `contents` tell,
        and those of vendors without phones in the audience.
        """
        found: dict[str, FieldError] = {}
        for one in self.plan["warnings"] if self.plan else ():
            if not self._is_told_elsewhere(one):
                found.setdefault(one["message"], one)
        return list(found.values())

    @property
    def lifetime(self) -> int | None:
        """For how many seconds the message is valid; None where that is no duration."""
        ttl = cast("Document", self.document.get("options", {})).get("ttl", DEFAULT_OPTIONS["ttl"])
        return ttl if isinstance(ttl, int) else None

    @property
    def instant(self) -> datetime | None:
        """When it goes out, in the chosen zone; None for now."""
        return instant_of(self.form.moment)

    @property
    def previews(self) -> Sequence[Preview]:
        """The content of the language that is shown, as phones show it."""
        language = self.form.languages[self.tab]
        content = self._shown(language)
        image = content.image if self.form.by_language else self.form.contents[self.form.languages[0]].image
        is_cut = self.form.options.get("on_too_long") == "truncate"
        return show_previews(content, image, self._readers.get(language, ()), is_cut=is_cut)

    @property
    def phones_for_tests(self) -> Sequence[MarkedTerminal]:
        """The phones for tests that are registered."""
        return [phone for phone in self.choices.phones or () if phone["registered"]]

    @property
    def obstacles(self) -> Sequence[tuple[SystemProblem, int]]:
        """Problems for which pushes would wait, with the phones of the audience that they concern;
        -1 for all of them.
        """
        phones = dict(self.phones_by_vendor)
        found = [
            (problem, phones.get(str(problem["vendor"]), 0) if problem["vendor"] else -1)
            for problem in self.choices.problems
            if problem["code"] in _OBSTACLES
        ]
        return [(problem, count) for problem, count in found if count]

    def limits(self, language: str, part: str) -> Sequence[Counted]:
        """Return a text of one language against the limits of the vendors whose phones get it."""
        content = self._shown(language)
        text = content.title if part == Part.TITLE else content.body
        readers = self._readers.get(language) or self.figures.groups or self.figures.everybody
        return count_text(text, Part(part), limiting_vendors(readers))

    def options_of(self, vendor: str) -> Sequence[tuple[int, WrittenOption, OptionField | None]]:
        """Return the written options of a vendor, each with its index among all."""
        return [
            (index, one, fields_of(vendor).get(one.name))
            for index, one in enumerate(self.form.vendor_options)
            if one.vendor == vendor
        ]

    def further_options(self, vendor: str) -> Sequence[str]:
        """Return the options of a vendor that are not written."""
        written = {one.name for one in self.form.vendor_options if one.vendor == vendor}
        return [name for name in fields_of(vendor) if name not in written]

    def gone_after(self, index: int) -> int | None:
        """Return how many phones a line that excludes some takes away; None where that is not
        known.
        """
        if self.form.audience.lines[index].join is not Join.NOT and not self._widens_exclusion(index):
            return None
        before = max((line for line in self.figures.left if line < index), default=None)
        left = self.figures.left.get(index)
        start = self.figures.phones if before is None else self.figures.left[before]
        return None if left is None else start - left

    @property
    def values_shown(self) -> Sequence[str]:
        """The names of values that the texts show, and the message brings."""
        return values_shown(self.form.contents) if self.form.fills_placeholders else ()

    def _shown(self, language: str) -> ContentForm:
        """Return the content of a language as a phone may show it."""
        content = self.form.contents[language]
        if not self.form.fills_placeholders:
            return content
        return with_samples(content, language, parse_named_values(self.form.personal.values))

    def _is_told_elsewhere(self, warning: FieldError) -> bool:
        if warning["field"].startswith("content") and _TAKES in warning["message"]:
            return True
        if warning["field"] == "audience" and not self.total:
            return True
        named = _NAMED_VENDORS.search(warning["message"])
        phones = dict(self.phones_by_vendor)
        return named is not None and not any(name in phones for name in named[1].split(", "))

    @cached_property
    def _readers(self) -> Mapping[str, Sequence[GroupCount]]:
        """The phones of the audience that get the content of each language."""
        return groups_by_content(self.figures.groups, self.form.languages, self.form.fallback)

    def _widens_exclusion(self, index: int) -> bool:
        lines = self.form.audience.lines[: index + 1]
        heads = [line for line in lines if line.join is not Join.OR]
        return bool(heads) and heads[-1].join is Join.NOT
