"""Steps as options give them, and what became of them in lines."""

import pytest

from pushgate.cli.client.command_errors import CommandError
from pushgate.cli.client.escalation import step_lines, to_steps
from pushgate_client import types


def test_unless_is_delivered_where_nothing_is_said() -> None:
    assert to_steps(["10m:next_terminal", "1h:clicked:vendor:fcm"]) == [
        {"after": "10m", "unless": "delivered", "to": "next_terminal"},
        {"after": "1h", "unless": "clicked", "to": "vendor:fcm"},
    ]


@pytest.mark.parametrize("written", ["10m", "10m:", ":next_terminal", "10m:clicked:", "10m:clicked"])
def test_a_step_without_a_part_is_refused(written: str) -> None:
    with pytest.raises(CommandError, match="--escalate"):
        to_steps([written])


def test_a_step_is_shown_with_its_message_or_with_why_there_is_none() -> None:
    made: types.StepResult = {
        "step": 1,
        "after": "10m",
        "unless": "delivered",
        "to": "next_terminal",
        "due_at": "2026-11-30T08:00:00Z",
        "state": "made",
        "message": "01a2269f2e100c5d3a4be1f0c27d94",
        "status": "sent",
        "targeted": 12,
        "accepted": 12,
        "delivered": 9,
        "clicked": 2,
    }
    lines = list(step_lines([made, {**made, "step": 2, "state": "nobody_left", "message": None}]))
    assert lines[1].split()[4:] == ["01a2269f2e100c5d3a4be1f0c27d94", "12", "9", "2"]
    assert "nobody was left to reach" in lines[2]
