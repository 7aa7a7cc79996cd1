"""Steps of messages that do not arrive: as options give them, and in lines for people. Pure."""

from collections.abc import Iterator, Sequence
from typing import Annotated, cast

import typer

from pushgate.cli.client.command_errors import usage
from pushgate.cli.client.output import aligned
from pushgate.cli.client.texts import moment
from pushgate_client import types

Escalate = Annotated[
    list[str] | None,
    typer.Option(
        metavar="AFTER:[UNLESS:]TO",
        help="Where it does not reach a user in time: 10m:next_terminal, 1h:clicked:vendor:fcm, "
        "2h:webhook. UNLESS is delivered (the default) or clicked. Up to three, in the order of time.",
    ),
]
_UNLESS = ("delivered", "clicked")
_STATES = {
    "to_come": "to come at {}",
    "told": "the backend was told at {}",
    "nobody_left": "nobody was left to reach at {}",
    "expired": "the time to live was over before {}",
    "cancelled": "cancelled before {}",
}


def to_steps(written: Sequence[str]) -> list[types.StepBody]:
    """Return the steps of the options. Raises CommandError."""
    return [_step(one) for one in written]


def _step(written: str) -> types.StepBody:
    after, _, rest = written.partition(":")
    unless, _, to = rest.partition(":")
    if unless not in _UNLESS:
        unless, to = "delivered", rest
    if not after or not to:
        raise usage(
            f"--escalate takes after:to or after:unless:to, not {written}", "--escalate 10m:next_terminal"
        )
    return cast("types.StepBody", {"after": after, "unless": unless, "to": to})


def step_lines(steps: Sequence[types.StepResult]) -> Iterator[str]:
    """Yield what became of the steps of a message."""
    rows = [["STEP", "AFTER", "UNLESS", "TO", "MESSAGE", "TARGETED", "DELIVERED", "CLICKED"]]
    for one in steps:
        row = [str(one["step"]), one["after"], one["unless"], one["to"]]
        if one["state"] == "made":
            counts = (one["targeted"], one["delivered"], one["clicked"])
            row += [one["message"] or "", *(f"{count:,}" for count in counts)]
        else:
            row += [_STATES[one["state"]].format(moment(one["due_at"])), "", "", ""]
        rows.append(row)
    yield from aligned(rows)
