"""A tile for each vendor of an app: its state, its pace lately, its trouble. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.console.charts import Line, draw_spark
from pushgate.console.problem_texts import SEVERITIES
from pushgate.console.vendors import vendor_order
from pushgate.console.verdict import Trouble, worst_of_vendor
from pushgate_client.types import ActivityMinute, ActivityReport

_SHOWN_MINUTES = 30
_SOON = timedelta(seconds=10)
"""A minute that is younger says nothing of the pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A vendor of the app."""

    vendor: str
    state: str
    """`wrong`, `slow` or `well`."""
    pace: float
    """Answers of the vendor a second, now."""
    rate_limit: float | None
    spark: Line
    accepted: int
    """Pushes that the vendor accepted in the last hour."""
    trouble: Trouble | None


def list_tiles(activity: ActivityReport, troubles: Sequence[Trouble], now: datetime) -> list[Tile]:
    """Return the app's vendors, those in trouble first. `troubles` are the worst first."""
    tiles = [
        _tile(rate["vendor"], rate["rate_limit"], activity["minutes"], troubles, now)
        for rate in activity["rates"]
    ]
    return sorted(tiles, key=lambda tile: (SEVERITIES.index(tile.state), vendor_order(tile.vendor)))


def _tile(
    vendor: str,
    rate_limit: float | None,
    minutes: Sequence[ActivityMinute],
    troubles: Sequence[Trouble],
    now: datetime,
) -> Tile:
    trouble = worst_of_vendor(troubles, vendor)
    rows = [_of_vendor(minute, vendor) for minute in minutes]
    answers = [sum(row.values()) for row in rows]
    return Tile(
        vendor=vendor,
        state=trouble.text.severity.value if trouble else "well",
        pace=_pace(answers, minutes, now),
        rate_limit=rate_limit,
        spark=draw_spark(answers[-_SHOWN_MINUTES:]),
        accepted=sum(row.get("accepted", 0) for row in rows),
        trouble=trouble,
    )


def _of_vendor(minute: ActivityMinute, vendor: str) -> Mapping[str, int]:
    """Return the vendor's answers in the minute, by the state that each means."""
    for row in minute["vendors"]:
        if row["vendor"] == vendor:
            return {"accepted": row["accepted"], "invalid": row["invalid"], "rejected": row["rejected"]}
    return {}


def _pace(answers: Sequence[int], minutes: Sequence[ActivityMinute], now: datetime) -> float:
    """Return answers a second: of the running minute, or just after its begin of the last one."""
    elapsed = now - datetime.fromisoformat(minutes[-1]["at"])
    if elapsed < _SOON and len(answers) > 1:
        return answers[-2] / 60
    return answers[-1] / max(1.0, elapsed.total_seconds())
