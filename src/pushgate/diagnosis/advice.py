"""Diagnoses a terminal: what is wrong with it, and what to do next. In: the known facts. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pushgate.adapters.code_meanings import explain_code
from pushgate.adapters.registry import vendors
from pushgate.diagnosis.facts import TerminalFacts, VendorAnswer
from pushgate.diagnosis.findings import Finding, FindingCode, finding
from pushgate.domain.outcome import RECEIVED, Outcome, ReceiptKind, State
from pushgate.ledger.values import Failure
from pushgate.tracking.explained import ExplainedPush
from pushgate.tracking.histories import HistoryEntry

SILENT_AFTER = timedelta(days=30)
"""A terminal without a sign of life for longer is called silent."""
REPORTED_WITHIN = timedelta(hours=1)
"""Receipts of younger pushes may still come."""
MIN_UNREPORTED = 3
"""This many pushes without a receipt lead to a finding."""
_INSTANT = "%Y-%m-%d %H:%M UTC"
_UNKNOWN_CODE = "a code that is in no table", "See the vendor's documents for the code."


def diagnose(facts: TerminalFacts, now: datetime) -> list[Finding]:
    """All findings, the most certain one first; at least one."""
    found = list(_of_answer(facts, facts.answer)) if facts.answer else []
    found += _of_registered(facts, now) if facts.registered else _of_unregistered(facts)
    unique = list({one.code: one for one in reversed(found)}.values())[::-1]
    return unique or [finding(FindingCode.NO_FAULT_FOUND)]


def _of_unregistered(facts: TerminalFacts) -> Iterator[Finding]:
    if facts.former is None:
        yield finding(FindingCode.UNKNOWN_TERMINAL)
        return
    yield finding(FindingCode.FORMER_TERMINAL, left_at=facts.former.left_at.strftime(_INSTANT))
    latest = next(iter(_real(facts.history)), None)
    if latest and latest.push.state is State.INVALID:
        yield finding(FindingCode.TOKEN_REJECTED, code=_code(latest.push))


def _of_registered(facts: TerminalFacts, now: datetime) -> Iterator[Finding]:
    if facts.owner:
        yield finding(FindingCode.TOKEN_TAKEN_OVER, owner=facts.owner)
    if not facts.is_configured:
        yield finding(FindingCode.VENDOR_NOT_CONFIGURED, vendor=facts.vendor or "")
    for problem in facts.problems:
        yield Finding(problem.code.value, problem.message, problem.remedy)
    yield from _of_outcomes(facts)
    yield from _of_receipts(_real(facts.history), now)
    heard_at = facts.last_heard_at
    if heard_at and now - heard_at > SILENT_AFTER:
        yield finding(FindingCode.SILENT, days=(now - heard_at).days)
    if facts.has_whole_history and not facts.history:
        yield finding(FindingCode.NEVER_TARGETED)


def _of_outcomes(facts: TerminalFacts) -> Iterator[Finding]:
    """What the last push that has ended says of the terminal as it is registered now."""
    ended = (one for one in _real(facts.history) if one.push.state not in (State.PENDING, State.CANCELLED))
    latest = next(ended, None)
    if latest is None or latest.push.state is State.ACCEPTED:
        return
    changed_at = facts.registered.changed_at if facts.registered else None
    if latest.push_at and changed_at and changed_at > latest.push_at:
        return  # it has registered since, maybe with another push token
    yield _of_failed(latest.push)


def _of_failed(push: ExplainedPush) -> Finding:
    failure = push.failure or Failure(push.group.vendor, "", "")
    if _is_dead_token(push):
        return finding(FindingCode.WRONG_ENVIRONMENT, code=failure.code)
    known = explain_code(failure.vendor, failure.code, push.state)
    meaning, remedy = (known.meaning, known.remedy) if known else _UNKNOWN_CODE
    code = FindingCode.EXPIRED_UNSENT if push.state is State.EXPIRED else FindingCode.PUSH_FAILED
    return finding(code, code=failure.code or "unknown", meaning=meaning, remedy=remedy)


def _is_dead_token(push: ExplainedPush) -> bool:
    """Whether the vendor called the token dead."""
    vendor = vendors().get(push.group.vendor)
    row = vendor.codes.get(_code(push)) if vendor else None
    return push.state is State.INVALID or (row is not None and row.effect is Outcome.INVALID)


def _of_receipts(entries: Sequence[HistoryEntry], now: datetime) -> Iterator[Finding]:
    """What the receipts of the latest pushes say, up to the last one that was received."""
    unreported = 0
    for entry in entries:
        receipts = entry.push.receipts
        if not receipts.isdisjoint(RECEIVED):
            break
        if ReceiptKind.MUTED in receipts:
            yield finding(FindingCode.MUTED)
            return
        if ReceiptKind.GONE in receipts:
            yield finding(FindingCode.GONE)
            return
        is_old = entry.push_at is None or now - entry.push_at > REPORTED_WITHIN
        unreported += entry.push.state is State.ACCEPTED and is_old
    if unreported >= MIN_UNREPORTED:
        yield finding(FindingCode.NO_RECEIPTS, pushes=unreported)


def _of_answer(facts: TerminalFacts, answer: VendorAnswer) -> Iterator[Finding]:
    """Findings from the vendor's answer to the check."""
    push, message_id = answer.push, answer.message_id
    if message_id is None:
        yield finding(FindingCode.VENDOR_HAS_NO_CHECK, vendor=facts.vendor or "")
    elif push is None or push.state is State.PENDING:
        yield finding(FindingCode.VENDOR_SILENT, message=message_id)
    elif push.state is State.ACCEPTED:
        yield finding(FindingCode.VENDOR_ACCEPTS)
    elif push.state is State.INVALID:
        yield finding(FindingCode.TOKEN_REJECTED, code=_code(push))
    elif push.state is not State.CANCELLED:
        yield _of_failed(push)


def _real(history: Sequence[HistoryEntry]) -> list[HistoryEntry]:
    """The messages that were no dry runs."""
    return [entry for entry in history if not entry.dry_run]


def _code(push: ExplainedPush) -> str:
    return push.failure.code if push.failure else "unknown"
