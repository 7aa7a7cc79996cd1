"""A small message's status, its times, and its report, from its cell and its slots. Pure."""

from collections import Counter
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from pushgate.bundles.account_values import SmallAccount
from pushgate.bundles.values import CellKind
from pushgate.domain.clock import from_ms
from pushgate.domain.message import Message, Resend, Status
from pushgate.domain.outcome import RECEIVED, FailureCode, ReceiptKind, State
from pushgate.ledger.report import Report, report
from pushgate.ledger.slot_sets import DEFERRED, DEFERRED_UNTIL
from pushgate.ledger.values import parse_label


class _StoredResend(msgspec.Struct, array_like=True):
    """A request to send failures again, and the name of the request with its idempotency key, or an
    empty one.
    """

    resend: Resend
    request: str


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_StoredResend)


def encode_resend(resend: Resend, request: str) -> bytes:
    """A request to send failures again, as it is kept with the message."""
    return _encoder.encode(_StoredResend(resend, request))


def resend_of(account: SmallAccount) -> Resend | None:
    """The last request to send the message's failures again."""
    return _decoder.decode(account.resend).resend if account.resend else None


def was_resent_by(account: SmallAccount, request: str) -> bool:
    """Whether the message's failures were sent again last by the request that this stands for."""
    return bool(request and account.resend) and _decoder.decode(account.resend).request == request


def message_of(account: SmallAccount) -> Message | None:
    """The message as it is sent now; None where its content was dropped."""
    if account.message is None:
        return None
    return replace(account.message.message, resend=resend_of(account))


def status_of(account: SmallAccount, now: datetime) -> Status:
    """The message's status.

    A message whose content was dropped is never waiting: its push time is long past.
    """
    match account.kind:
        case CellKind.WAITS:
            due = account.message is None or account.message.message.push_at <= now
            return Status.DISPATCHING if due else Status.SCHEDULED
        case CellKind.CANCELLED:
            return Status.CANCELLED
        case CellKind.BECOMES_LARGE:
            return Status.DISPATCHING
    if account.was_stopped:
        return Status.CANCELLED
    return Status.SENDING if any(slot.is_open for slot in account.slots) else Status.SENT


def is_forgotten(account: SmallAccount, period: timedelta, now: datetime) -> bool:
    """Whether the message's retention is over. Its page may still be there, for later messages.

    Sending failures again does not prolong the retention. If the content was dropped, only the last
    expiry is known, which may be that of failures sent again.
    """
    if account.message is not None:
        return now >= account.message.message.expires_at + period
    ends = [from_ms(slot.expires_s * 1000) for slot in account.slots]
    return bool(ends) and now >= max(ends) + period


def small_report(account: SmallAccount) -> Report:
    """The message's results, in the form of a large message's."""
    counts, failures, timeline = Counter[str](), Counter[str](), Counter[str]()
    for slot in account.slots:
        key, state, times = slot.group.key, slot.state, slot.receipt_times
        counts[f"{key}|targeted"] += 1
        counts[f"{key}|{state.value}"] += 1
        if slot.label and state not in (State.PENDING, State.ACCEPTED):
            failures[slot.label] += 1
        if state is not State.PENDING:
            timeline[f"{slot.since_s // 60}|{state.value}"] += 1
        for receipt, second in times.items():
            counts[f"{key}|{receipt.value}"] += 1
            timeline[f"{second // 60}|{receipt.value}"] += 1
        if (slot.terminal_shard, slot.terminal_slot) in account.withdrawn:
            counts[f"{key}|withdrawn"] += 1
        if any(receipt in times for receipt in RECEIVED):
            counts[f"{key}|received"] += 1
        if ReceiptKind.CLICKED in times and state is not State.ACCEPTED:
            counts[f"{key}|unaccepted_clicks"] += 1
    held = [
        part
        for slot in account.slots
        if slot.state is State.PENDING and _is_held(slot.label)
        for part in ((f"|{DEFERRED}", 1), (f"|{DEFERRED_UNTIL}", slot.since_s * 1000))
    ]
    all_counts = [*counts.items(), *held]
    return report(all_counts, failures.items(), timeline.items(), account.unknown_reports.items())


def _is_held(label: str) -> bool:
    """Whether this is why a slot is pending: it waits for the end of quiet hours."""
    return bool(label) and parse_label(label)[1].code == FailureCode.QUIET_HOURS
