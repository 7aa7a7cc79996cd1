"""Charts with their words for one reader: instants, numbers, names of lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.console.charts import TimeChart
from pushgate.console.state_texts import STATE_WORDS
from pushgate.console.words import Words

_DAY = timedelta(days=1)
_SHOWN_ROWS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenChart:
    """A chart and its words."""

    chart: TimeChart
    names: Sequence[str]
    """The name of each line."""
    rows: Sequence[Sequence[str]]
    """For the crosshair: an instant, then the value of each line."""
    table: Sequence[Sequence[str]]
    """Some of the rows, evenly spaced."""
    ticks: Sequence[str]


def write_chart(chart: TimeChart, words: Words) -> WrittenChart:
    """Return the chart with its words."""
    span = chart.times[-1] - chart.times[0]
    rows = [
        [_instant(at, span, words), *map(words.number, values)]
        for at, values in zip(chart.times, chart.values, strict=True)
    ]
    step = max(1, len(rows) // _SHOWN_ROWS)
    return WrittenChart(
        chart=chart,
        names=[words._(STATE_WORDS[one.key]) for one in chart.series],
        rows=rows,
        table=[*rows[:-1:step], rows[-1]],
        ticks=[_instant(at, span, words) for at in chart.ticks],
    )


def _instant(at: datetime, span: timedelta, words: Words) -> str:
    if span < _DAY:
        return f"{words.local(at):%H:%M}"
    return words.moment(at)
