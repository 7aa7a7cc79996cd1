"""What is found of a terminal, and what to do next, by what is known of the terminal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pushgate.diagnosis.advice import MIN_UNREPORTED, SILENT_AFTER, diagnose
from pushgate.diagnosis.facts import TerminalFacts, VendorAnswer
from pushgate.diagnosis.findings import FindingCode
from pushgate.domain.outcome import FailureCode, ReceiptKind, SlotRef, State
from pushgate.domain.terminal import Group, Terminal
from pushgate.fleet.problem_codes import SystemProblem, SystemProblemCode
from pushgate.ledger.values import Failure
from pushgate.terminals.former_terminals import FormerTerminal
from pushgate.terminals.registered_terminals import RegisteredTerminal
from pushgate.tracking.explained import ExplainedPush
from pushgate.tracking.histories import HistoryEntry

NOW = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
GROUP = Group("apns", "en")
SLOT = SlotRef(0, GROUP, 7)
FORMER = FormerTerminal(NOW - DAY, [SLOT])
RATE_LIMITED = SystemProblem(SystemProblemCode.RATE_LIMITED, "shop", "apns")


def registered(changed_at: datetime = NOW - 10 * DAY, seen_at: datetime = NOW - DAY) -> RegisteredTerminal:
    terminal = Terminal("t1", "apns", "token", "en", registered_at=changed_at, last_seen=seen_at)
    return RegisteredTerminal(terminal=terminal, changed_at=changed_at, slots=[SLOT])


def push(
    state: State = State.ACCEPTED, code: str = "", receipts: frozenset[ReceiptKind] = frozenset()
) -> ExplainedPush:
    failure = Failure("apns", code, "a reason") if code else None
    return ExplainedPush(group=GROUP, state=state, in_doubt=False, failure=failure, receipts=receipts)


def entry(
    state: State = State.ACCEPTED,
    code: str = "",
    *receipts: ReceiptKind,
    ago: timedelta = DAY,
    dry_run: bool = False,
) -> HistoryEntry:
    return HistoryEntry(
        place=(0, ""),
        message_id="0" * 30,
        push_at=NOW - ago,
        is_large=False,
        dry_run=dry_run,
        push=push(state, code, frozenset(receipts)),
    )


DELIVERED = entry(State.ACCEPTED, "", ReceiptKind.DELIVERED)
HEALTHY = TerminalFacts(
    terminal_id="t1",
    registered=registered(),
    former=None,
    owner=None,
    siblings=[],
    history=[DELIVERED],
    has_whole_history=True,
    is_configured=True,
    problems=[],
)
UNKNOWN = replace(HEALTHY, registered=None, history=[], is_configured=False)
INVALID = entry(State.INVALID, "Unregistered")
UNREPORTED = [entry()] * MIN_UNREPORTED
LONG_AGO = NOW - SILENT_AFTER - DAY


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (HEALTHY, ["no_fault_found"]),
        (UNKNOWN, ["unknown_terminal"]),
        (replace(UNKNOWN, former=FORMER), ["former_terminal"]),
        (replace(UNKNOWN, former=FORMER, history=[INVALID]), ["former_terminal", "token_rejected"]),
        (replace(HEALTHY, owner="t2"), ["token_taken_over"]),
        (replace(HEALTHY, is_configured=False), ["vendor_not_configured"]),
        (replace(HEALTHY, problems=[RATE_LIMITED]), ["rate_limited"]),
        (replace(HEALTHY, history=[INVALID]), ["wrong_environment"]),
        (replace(HEALTHY, history=[entry(State.REJECTED, "BadDeviceToken")]), ["wrong_environment"]),
        (replace(HEALTHY, history=[entry(State.REJECTED, "TopicDisallowed")]), ["push_failed"]),
        (replace(HEALTHY, history=[entry(State.REJECTED, "NewCode")]), ["push_failed"]),
        (replace(HEALTHY, history=[entry(State.EXPIRED, FailureCode.TTL)]), ["expired_unsent"]),
        (replace(HEALTHY, history=[entry(State.PENDING), INVALID]), ["wrong_environment"]),
        (replace(HEALTHY, history=[DELIVERED, INVALID]), ["no_fault_found"]),
        (replace(HEALTHY, registered=registered(NOW), history=[INVALID]), ["no_fault_found"]),
        (replace(HEALTHY, history=[entry(State.ACCEPTED, "", ReceiptKind.MUTED)]), ["muted"]),
        (
            replace(HEALTHY, history=[DELIVERED, entry(State.ACCEPTED, "", ReceiptKind.MUTED)]),
            ["no_fault_found"],
        ),
        (replace(HEALTHY, history=[entry(State.ACCEPTED, "", ReceiptKind.GONE)]), ["gone"]),
        (replace(HEALTHY, history=UNREPORTED), ["no_receipts"]),
        (replace(HEALTHY, history=[*UNREPORTED[1:], DELIVERED]), ["no_fault_found"]),
        (replace(HEALTHY, history=[entry(ago=timedelta(0))] * MIN_UNREPORTED), ["no_fault_found"]),
        (replace(HEALTHY, history=[entry(dry_run=True)] * MIN_UNREPORTED), ["no_fault_found"]),
        (replace(HEALTHY, registered=registered(LONG_AGO, LONG_AGO)), ["silent"]),
        (replace(HEALTHY, history=[]), ["never_targeted"]),
        (replace(HEALTHY, history=[], has_whole_history=False), ["no_fault_found"]),
    ],
)
def test_each_fact_leads_to_its_findings(facts: TerminalFacts, expected: list[str]) -> None:
    found = diagnose(facts, NOW)
    assert [one.code for one in found] == expected
    assert all("{" not in one.message + one.remedy for one in found)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (VendorAnswer(message_id=None, push=None), "vendor_has_no_check"),
        (VendorAnswer(message_id="m", push=None), "vendor_silent"),
        (VendorAnswer(message_id="m", push=push(State.PENDING)), "vendor_silent"),
        (VendorAnswer(message_id="m", push=push()), "vendor_accepts"),
        (VendorAnswer(message_id="m", push=push(State.INVALID, "Unregistered")), "token_rejected"),
        (VendorAnswer(message_id="m", push=push(State.REJECTED, "BadDeviceToken")), "wrong_environment"),
        (VendorAnswer(message_id="m", push=push(State.REJECTED, "TopicDisallowed")), "push_failed"),
        (VendorAnswer(message_id="m", push=push(State.EXPIRED, FailureCode.TTL)), "expired_unsent"),
        (VendorAnswer(message_id="m", push=push(State.CANCELLED)), "no_fault_found"),
    ],
)
def test_what_the_vendor_says_comes_first(answer: VendorAnswer, expected: str) -> None:
    assert [one.code for one in diagnose(replace(HEALTHY, answer=answer), NOW)] == [expected]


def test_findings_name_what_they_are_about() -> None:
    found = diagnose(replace(HEALTHY, history=[entry(State.REJECTED, "TopicDisallowed")]), NOW)
    assert found[0].message == "The last push failed (TopicDisallowed): the key may not push to this topic"
    assert found[0].remedy == "See that the app's credentials may push to this topic."
    (former,) = diagnose(replace(UNKNOWN, former=FORMER), NOW)
    assert "until 2026-12-31 00:00 UTC" in former.message


def test_a_receipt_with_a_time_ends_the_silence() -> None:
    heard = replace(DELIVERED.push, receipt_times={ReceiptKind.DELIVERED: NOW - DAY})
    facts = replace(
        HEALTHY, registered=registered(LONG_AGO, LONG_AGO), history=[replace(DELIVERED, push=heard)]
    )
    assert facts.last_heard_at == NOW - DAY
    assert [one.code for one in diagnose(facts, NOW)] == ["no_fault_found"]


def test_one_finding_comes_once_even_if_two_facts_lead_to_it() -> None:
    answer = VendorAnswer(message_id="m", push=push(State.REJECTED, "TopicDisallowed"))
    facts = replace(HEALTHY, history=[entry(State.REJECTED, "TopicDisallowed")], answer=answer)
    assert [one.code for one in diagnose(facts, NOW)] == ["push_failed"]


def test_every_code_has_words() -> None:
    assert all(code.meaning and code.remedy for code in FindingCode)
