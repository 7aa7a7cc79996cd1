"""Results in lines for people."""

import pytest

from pushgate.cli.client.result_lines import canary_line
from pushgate_client import types

FINDING: types.CanaryFinding = {
    "measure": "rejected",
    "vendor": "apns",
    "count": 40,
    "answers": 160,
    "limit": 5,
    "reason": "25 % rejected",
}


@pytest.mark.parametrize(
    ("canary", "line"),
    [
        (
            {"phase": "running", "until": "2030-01-01T12:10:00.000Z", "finding": None},
            "canary: running, the rest is due at",
        ),
        ({"phase": "held", "until": None, "finding": FINDING}, "canary: held because of 25 % rejected"),
        ({"phase": "passed", "until": None, "finding": None, "few_answers": []}, "canary: passed"),
        (
            {
                "phase": "passed",
                "until": None,
                "finding": None,
                "few_answers": [{"vendor": "fcm", "answers": 12}, {"vendor": None, "answers": 30}],
            },
            "canary: passed; too few answers to judge fcm (12 answers), clicks (30 answers)",
        ),
    ],
    ids=["running", "held", "passed", "unjudged"],
)
def test_a_canary_has_a_line(canary: types.CanaryResult, line: str) -> None:
    assert canary_line(canary).startswith(line)
