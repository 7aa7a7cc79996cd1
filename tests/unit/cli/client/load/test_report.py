"""The report of a load tells percentiles, and every difference of the accounts."""

from dataclasses import replace

import pytest

from pushgate.cli.client.load.plan import LoadPlan
from pushgate.cli.client.load.report import Measured, make_report, report_lines, times

PLAN = LoadPlan(run="10ad", vendors=("fcm",), terminals=3, rate=2.0, seconds=2.0, broadcasts=1)
GOOD = Measured(
    app="load-10ad",
    stored=5,
    seconds=2.5,
    post_seconds=[0.001, 0.002],
    vendor_seconds=[0.01, 0.02],
    errors={},
    results={"targeted": 7, "accepted": 7, "pending": 0},
    sandbox={"requests": 7, "pushes": 7, "accepted": 7, "duplicates": 0},
    cpu_seconds={"worker": 0.5},
)


def test_percentiles_are_durations_that_were_measured() -> None:
    found = times([number / 1000 for number in range(1, 101)])
    assert found == {"count": 100, "p50": 51.0, "p90": 91.0, "p99": 100.0, "max": 100.0}
    assert times([]) == {"count": 0, "p50": None, "p90": None, "p99": None, "max": None}


def test_a_load_of_which_all_is_accounted_for_has_no_fault() -> None:
    report = make_report(PLAN, GOOD)
    assert report["faults"] == []
    assert (report["messages_per_second"], report["pushes_per_second"]) == (2.0, 2.8)
    lines = list(report_lines(report))
    assert lines[0] == "4 small messages and 1 broadcast to 3 terminals in 2.5 s"
    assert lines[-1] == "every push is accounted for"


@pytest.mark.parametrize(
    ("measured", "fault"),
    [
        (replace(GOOD, errors={"overloaded": 2}), "2 calls failed: overloaded"),
        (replace(GOOD, results={"accepted": 6, "pending": 1}), "1 push was still pending at the end"),
        (replace(GOOD, results={"accepted": 7, "invalid": 1}), "1 ended as invalid"),
        (replace(GOOD, results={"accepted": 8}), "the sandbox accepted 7 pushes and Pushgate counts 8"),
        (replace(GOOD, sandbox={"accepted": 8, "duplicates": 1}), "1 push came twice"),
        (replace(GOOD, vendor_seconds=[-0.5]), "the clocks of this machine and the sandbox's differ"),
    ],
)
def test_what_is_not_as_it_should_be_is_a_fault(measured: Measured, fault: str) -> None:
    assert fault in "; ".join(make_report(PLAN, measured)["faults"])


def test_terminals_have_tokens_of_their_own_by_vendor_in_turn() -> None:
    plan = replace(PLAN, vendors=("fcm", "apns"))
    lines = list(plan.registrations())
    assert [line["vendor"] for line in lines] == ["fcm", "apns", "fcm"]
    assert len({line["token"] for line in lines}) == 3
    assert all(len(line["token"]) == 64 for line in lines)
    assert plan.name_pattern().search(plan.content("12")["en"].get("body") or "")
