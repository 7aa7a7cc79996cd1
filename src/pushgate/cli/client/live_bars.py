"""Bars that move: how far each vendor and language of a message is, in a terminal."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pushgate.cli.client.result_lines import count_of, progress_line, waiting_lines
from pushgate.cli.client.settling import Speed
from pushgate_client import types

_WIDTH = 32
_OTHER_LINES = 6
"""Lines of the screen that are not bars."""
_PARTS = (
    (("accepted",), "█", "#", "blue"),
    (("invalid", "rejected", "expired"), "▓", "x", "red"),
    (("cancelled",), "▒", "-", "yellow"),
    (("pending",), "░", ".", "bright_black"),
)
"""States that share a sign, its substitute where there is no UTF-8, and its colour."""


class LiveBars:
    """A display of a message in the terminal that stdout is. Use it as a context manager."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stdout, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, results: types.Results, speed: Speed, wait: str) -> None:
        """Draw the bars anew."""
        most = max(1, self._console.height - _OTHER_LINES - len(results["waiting"]))
        head = Text(progress_line(results, speed, wait))
        waiting = [Text(line, style="yellow") for line in waiting_lines(results)]
        self._live.update(Group(head, self._bars(results, most), *waiting), refresh=True)

    def _bars(self, results: types.Results, most: int) -> Table:
        table = Table.grid(padding=(0, 2))
        groups = sorted(results["groups"], key=lambda group: -group["targeted"])
        for group in groups[:most]:
            done = group["targeted"] - group["pending"]
            counts = f"{done:,} of {group['targeted']:,}"
            table.add_row(group["vendor"], Text(group["language"]), self._bar(group), counts)
        if len(groups) > most:
            table.add_row(f"and {len(groups) - most} more")
        return table

    def _bar(self, group: types.GroupCounts) -> Text:
        utf8 = self._console.encoding.startswith("utf")
        bar = Text()
        shares = [sum(count_of(group, state) for state in states) for states, *_ in _PARTS]
        for (_, sign, substitute, colour), cells in zip(_PARTS, shares_of(_WIDTH, shares), strict=True):
            bar.append((sign if utf8 else substitute) * cells, style=colour)
        return bar


def shares_of(width: int, counts: list[int]) -> list[int]:
    """Return how many cells of a bar each count gets. None that is not 0 gets none; they add up to
    the width.
    """
    total = sum(counts)
    if not total:
        return [0] * len(counts)
    cells = [max(1, width * count // total) if count else 0 for count in counts]
    cells[cells.index(max(cells))] += width - sum(cells)
    return cells
