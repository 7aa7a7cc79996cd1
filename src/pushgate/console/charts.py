"""Charts as SVG paths, drawn by the server in a box of 100 by 100. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor, log10

_BOX = 100.0
_SPARK_WIDTH, _SPARK_HEIGHT = 100.0, 28.0
_TICKS = 4
_NAME_HEIGHT = 7.0
"""Of 100: what the name of a line takes."""
_STEPS = (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Line:
    """A series as the stroke of its line and as the area beneath it."""

    stroke: str
    area: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of a chart. `end` is its last value, `height` where it ends, of 100 from above."""

    key: str
    line: Line
    end: int
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeChart:
    """A chart with equal steps of time from left to right."""

    series: Sequence[Series]
    times: Sequence[datetime]
    values: Sequence[Sequence[int]]
    """By instant: the value of each series."""
    top: int
    """The value at the upper edge."""
    ticks: Sequence[datetime]
    """The instants under the chart, evenly spaced."""

    @property
    def levels(self) -> Sequence[int]:
        """The values at the left of the chart, from above."""
        return [self.top * quarter // 4 for quarter in (4, 3, 2, 1, 0)]

    @property
    def end_heights(self) -> Sequence[float]:
        """Where the name of each line stands, of 100 from above, so that no two names overlap."""
        heights = sorted((min(97.0, max(3.0, one.height)), index) for index, one in enumerate(self.series))
        placed: dict[int, float] = {}
        least = 3.0
        for height, index in heights:
            placed[index] = max(height, least)
            least = placed[index] + _NAME_HEIGHT
        return [placed[index] for index in range(len(self.series))]


def chart(keys: Sequence[str], columns: Sequence[Sequence[int]], times: Sequence[datetime]) -> TimeChart:
    """Return the chart of a column of values for each key, at equally distant instants."""
    top = round_top(max(map(max, columns)))
    first, span = times[0], times[-1] - times[0]
    return TimeChart(
        series=[
            Series(key=key, line=draw_line(values, top), end=values[-1], height=100 - values[-1] / top * 100)
            for key, values in zip(keys, columns, strict=True)
        ],
        times=times,
        values=list(zip(*columns, strict=True)),
        top=top,
        ticks=times
        if len(times) <= _TICKS
        else [first + span * index / _TICKS for index in range(_TICKS + 1)],
    )


def draw_line(values: Sequence[float], top: float) -> Line:
    """Return the line of values over equal steps from left to right. `top` is the value at the
    upper edge; one value alone becomes a level line.
    """
    points = _points(values, top, _BOX, _BOX)
    stroke = _stroke(points)
    return Line(stroke, f"{stroke}L100 100L0 100Z" if stroke else "")


def draw_spark(values: Sequence[float]) -> Line:
    """Return a sparkline in a box of 100 by 28. Its highest value reaches the upper edge."""
    points = [(x, y + 1) for x, y in _points(values, max(values, default=0), _SPARK_WIDTH, _SPARK_HEIGHT - 2)]
    stroke = _stroke(points)
    return Line(stroke, f"{stroke}L100 28L0 28Z" if stroke else "")


def round_top(value: float) -> int:
    """Return the least round number that is not below the value, at least 4, for an axis with
    four steps.
    """
    if value <= 4:
        return 4
    size: int = 10 ** floor(log10(value))
    return ceil(next(step * size for step in _STEPS if step * size >= value))


def running_totals(counts: Sequence[int]) -> list[int]:
    """Return the sums of the counts up to each of them."""
    totals, total = [], 0
    for count in counts:
        total += count
        totals.append(total)
    return totals


def _points(values: Sequence[float], top: float, width: float, height: float) -> list[tuple[float, float]]:
    scale = height / top if top > 0 else 0.0
    if len(values) == 1:
        values = [values[0], values[0]]
    step = width / max(1, len(values) - 1)
    return [(index * step, height - min(max(value, 0), top) * scale) for index, value in enumerate(values)]


def _stroke(points: Sequence[tuple[float, float]]) -> str:
    return "".join(f"{'L' if index else 'M'}{x:.2f} {y:.2f}" for index, (x, y) in enumerate(points))
