"""The terminals of a message by vendor and language, and by the content that they got. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pushgate.console.outcomes import Counts, add_counts, count, share
from pushgate.console.vendors import vendor_order
from pushgate.content.language import best_match
from pushgate_client.types import Content, GroupCounts, TrackedMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """The terminals of one vendor and language."""

    language: str
    counts: Counts
    click_through: float | None
    received_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorRows:
    """The terminals of one vendor, by language."""

    vendor: str
    counts: Counts
    click_through: float | None
    received_from: str
    rows: Sequence[GroupRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentContent:
    """What was sent in one language, and to how many terminals."""

    language: str
    content: Content
    number: int


def list_groups(groups: Sequence[GroupCounts]) -> list[VendorRows]:
    """Return the groups by vendor, those with the most terminals first within each."""
    ordered = sorted(groups, key=lambda row: (vendor_order(row["vendor"]), -row["targeted"], row["language"]))
    return [
        _vendor_rows(vendor, list(members))
        for vendor, members in groupby(ordered, key=lambda row: row["vendor"])
    ]


def list_contents(message: TrackedMessage, groups: Sequence[GroupCounts]) -> list[SentContent]:
    """Return the content in each language, the one that most terminals got first."""
    content, default = message["content"], message["default_language"]
    if not content or default is None:
        return []
    numbers: defaultdict[str, int] = defaultdict(int)
    for group in groups:
        numbers[best_match(group["language"], content, default)] += group["targeted"]
    shown = [SentContent(language=tag, content=body, number=numbers[tag]) for tag, body in content.items()]
    return sorted(shown, key=lambda one: -one.number)


def _vendor_rows(vendor: str, groups: Sequence[GroupCounts]) -> VendorRows:
    rows = [
        GroupRow(
            language=group["language"],
            counts=count(group),
            click_through=group["click_through_rate"],
            received_from=group["received_from"],
        )
        for group in groups
    ]
    counts, sources = add_counts([row.counts for row in rows]), {row.received_from for row in rows}
    return VendorRows(
        vendor=vendor,
        counts=counts,
        click_through=share(counts["clicked"], sum(group["received"] for group in groups)),
        received_from="delivered" if "delivered" in sources else "accepted",
        rows=rows,
    )


def count_recallable(groups: Sequence[GroupCounts]) -> Mapping[str, int]:
    """Return by vendor how many terminals have the message, and were not recalled yet."""
    numbers: defaultdict[str, int] = defaultdict(int)
    for group in groups:
        numbers[group["vendor"]] += max(0, group["accepted"] - group["recalled"])
    return {vendor: numbers[vendor] for vendor in sorted(numbers, key=vendor_order) if numbers[vendor]}
