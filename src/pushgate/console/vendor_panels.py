"""What the page of vendors shows of each vendor of an app: its trouble, pace and last answers.
Pure.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pushgate.console.problem_texts import SEVERITIES
from pushgate.console.reasons import capitalize, say_code
from pushgate.console.vendor_tiles import Tile
from pushgate.console.vendors import vendor_order
from pushgate.console.verdict import Spoken, Trouble, speak
from pushgate.console.words import Words
from pushgate.fleet.problem_codes import SystemProblemCode
from pushgate_client.types import ActivityReport, AppVendorView, FailureCount, SystemStatus, VendorQuota

_MAX_ANSWERS = 4
_OF_BREAKERS = frozenset(
    {
        SystemProblemCode.VENDOR_REFUSES,
        SystemProblemCode.VENDOR_UNAVAILABLE,
        SystemProblemCode.VENDOR_UNANSWERED,
        SystemProblemCode.VENDOR_THROTTLES,
        SystemProblemCode.VENDOR_QUOTA,
    }
)
"""The problems for which a worker opens a circuit breaker. A quota of the app's settings opens
none: its problem has a limit.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the vendor in words, and how many pushes got it lately."""

    words: str
    code: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorPanel:
    """One vendor of the app."""

    view: AppVendorView
    state: str
    """`wrong`, `slow` or `well`."""
    troubles: Sequence[Spoken]
    has_open_breaker: bool
    pace: float | None
    """Answers a second, None where the reader may not see them."""
    rate_limit: float | None
    answers: Sequence[Answer]
    quotas: Sequence[VendorQuota]
    """Its daily quotas that the app's settings name."""
    held: int
    """Terminals that stay although the vendor called their tokens dead."""


def list_panels(
    views: Sequence[AppVendorView],
    status: SystemStatus,
    troubles: Sequence[Trouble],
    tiles: Sequence[Tile],
    failures: Sequence[FailureCount],
    quotas: Sequence[VendorQuota],
    words: Words,
) -> list[VendorPanel]:
    """Return the vendors of an app, those in trouble first. `troubles` are the worst first."""
    by_vendor = {tile.vendor: tile for tile in tiles}
    panels = [
        _panel(view, status, troubles, by_vendor.get(view["vendor"]), failures, quotas, words)
        for view in views
    ]
    return sorted(panels, key=lambda one: (SEVERITIES.index(one.state), vendor_order(one.view["vendor"])))


def count_held(status: SystemStatus, app: str, vendor: str) -> int:
    """Return how many terminals stay although the vendor called their tokens dead."""
    rows = status.get("removal_held", [])
    return sum(row["tokens"] for row in rows if (row["app"], row["vendor"]) == (app, vendor))


def total_accepted(activity: ActivityReport | None) -> Mapping[str, int]:
    """Return how many pushes each vendor accepted today."""
    return {row["vendor"]: row["accepted"] for row in activity["today"]["vendors"]} if activity else {}


def _panel(
    view: AppVendorView,
    status: SystemStatus,
    troubles: Sequence[Trouble],
    tile: Tile | None,
    failures: Sequence[FailureCount],
    quotas: Sequence[VendorQuota],
    words: Words,
) -> VendorPanel:
    vendor = view["vendor"]
    own = [one for one in troubles if one.vendor == vendor and one.app in (None, view["app"])]
    spoken = [speak(one, words) for one in own]
    return VendorPanel(
        view=view,
        state=spoken[0].severity if spoken else "slow" if view["paused"] else "well",
        troubles=spoken,
        has_open_breaker=any(one.code in _OF_BREAKERS and "limit" not in one.params for one in own),
        pace=tile.pace if tile else None,
        rate_limit=tile.rate_limit if tile else None,
        answers=_answers(vendor, failures, words),
        quotas=[quota for quota in quotas if quota["vendor"] == vendor],
        held=count_held(status, view["app"], vendor),
    )


def _answers(vendor: str, failures: Sequence[FailureCount], words: Words) -> list[Answer]:
    counts: Counter[tuple[str, str]] = Counter()
    for failure in failures:
        if failure["vendor"] == vendor:
            said = say_code(vendor, failure["code"], failure["state"], failure["reason"], words)
            counts[capitalize(said), failure["code"]] += failure["count"]
    return [Answer(said, code, number) for (said, code), number in counts.most_common(_MAX_ANSWERS)]
