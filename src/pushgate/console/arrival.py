"""How a message arrived over time: its timeline in equal steps, as a chart. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pushgate.console.charts import TimeChart, chart, running_totals
from pushgate_client.types import Moment

SERIES = ("accepted", "delivered", "clicked")
"""What the chart shows, from the first step to the furthest."""
_STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 360, 1440, 10080))
_MAX_STEPS = 120


def chart_arrival(timeline: Sequence[Moment], *, by_step: bool = False) -> TimeChart | None:
    """Return running totals of a message's timeline, or the counts of each step. None where nothing
    arrived yet.
    """
    counted = [row for row in timeline if any(_number(row, key) for key in SERIES)]
    if not counted:
        return None
    first, last = datetime.fromisoformat(counted[0]["at"]), datetime.fromisoformat(counted[-1]["at"])
    step = _step(last - first)
    size = (last - first) // step + 1
    columns = [_fold(counted, key, first, step, size) for key in SERIES]
    shown = [[0, *(counts if by_step else running_totals(counts))] for counts in columns]
    return chart(SERIES, shown, [first + step * index for index in range(size + 1)])


def _step(span: timedelta) -> timedelta:
    return next((step for step in _STEPS if span / step < _MAX_STEPS), _STEPS[-1])


def _fold(timeline: Sequence[Moment], key: str, first: datetime, step: timedelta, size: int) -> Sequence[int]:
    counts = [0] * size
    for row in timeline:
        counts[(datetime.fromisoformat(row["at"]) - first) // step] += _number(row, key)
    return counts


def _number(row: Moment, key: str) -> int:
    match key:
        case "accepted":
            return row.get("accepted", 0)
        case "delivered":
            return row.get("delivered", 0)
    return row.get("clicked", 0)
