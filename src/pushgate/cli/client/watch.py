"""`pushgate watch`: shows a message moving until it is sent."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Protocol

import typer

from pushgate.cli.client.live_bars import LiveBars
from pushgate.cli.client.output import Output
from pushgate.cli.client.result_lines import progress_line, result_lines
from pushgate.cli.client.session import Json, ProfileName, Session, session
from pushgate.cli.client.settling import Speed, is_over, settled
from pushgate.cli.client.texts import moment, until
from pushgate.cli.streams import can_overwrite
from pushgate_client import PushgateError, types

_INTERVAL = 1.0
_MAX_GROUPS = 12
"""Groups that are shown at the end."""
_LINE_EVERY = 5.0
"""Seconds between lines where no terminal shows bars."""


class Display(Protocol):
    """Shows how far a message is."""

    def show(self, results: types.Results, speed: Speed, wait: str) -> None:
        """Show the results as they are now. `wait` says when it begins, "" where it has begun."""


def watch_message(
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE", help="The message's id.")],
    interval: Annotated[float, typer.Option(min=0.2, max=60, help="Seconds between two looks.")] = _INTERVAL,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Watch a message until nothing of it is pending: bars by vendor and language, rate and time
    left. Where the output is no terminal, a line every few seconds; with --json, the results
    whenever they changed.

    Examples:

    \b
      pushgate watch 01a220e70f5203cf04901b52156681
      pushgate watch 01a220e70f5203cf04901b52156681 --json | tail -1
    """
    with session(profile, json=json) as found:
        watch(found, message_id, interval)


def watch(found: Session, message_id: str, interval: float = _INTERVAL) -> types.Results:
    """Show a message moving until it is over; return its results then."""
    message = found.pushgate.messages.get(message_id)
    try:
        results = _follow(found, message, interval)
    except (KeyboardInterrupt, PushgateError):
        found.output.note(f"the message goes on; see: {found.command('watch', message_id)}")
        raise
    if not found.output.json:
        found.output.document(results, result_lines(results, _MAX_GROUPS))
    return results


def _follow(found: Session, message: types.TrackedMessage, interval: float) -> types.Results:
    speed = Speed()
    with _display(found.output) as display:
        while True:
            results = found.pushgate.messages.results(message["id"])
            speed.observe(time.monotonic(), settled(results))
            display.show(results, speed, _wait(results, message["push_time"]))
            if is_over(results):
                return results
            time.sleep(interval)  # between two looks


def _wait(results: types.Results, push_time: str | None) -> str:
    return (
        f"{moment(push_time)}, {until(push_time)}" if results["status"] == "scheduled" and push_time else ""
    )


@contextmanager
def _display(output: Output) -> Iterator[Display]:
    if output.json:
        yield _Documents(output)
    elif can_overwrite(sys.stdout):
        with LiveBars() as bars:
            yield bars
    else:
        yield _Lines(output)


class _Documents:
    """The results as JSON, whenever they changed."""

    def __init__(self, output: Output) -> None:
        self._output, self._shown = output, ""

    def show(self, results: types.Results, speed: Speed, wait: str) -> None:
        """Print the results where they changed."""
        del speed, wait
        if self._shown != str(results):
            self._output.document(results)
            self._shown = str(results)
            sys.stdout.flush()


class _Lines:
    """A line every few seconds, and at each change of the status."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._status, self._line, self._at = "", "", 0.0

    def show(self, results: types.Results, speed: Speed, wait: str) -> None:
        """Print a line, where it is time for one and it says something new."""
        now, line = time.monotonic(), progress_line(results, speed, wait)
        due = results["status"] != self._status or now - self._at >= _LINE_EVERY
        if due and line != self._line and not is_over(results):
            self._output.document(results, [line])
            self._status, self._line, self._at = results["status"], line, now
            sys.stdout.flush()
