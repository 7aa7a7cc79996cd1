"""Why a message is not for a terminal."""

from datetime import UTC, datetime, timedelta

import pytest

from pushgate.bundles.account_values import SmallAccount
from pushgate.bundles.bodies import SmallMessage
from pushgate.bundles.values import CellKind
from pushgate.domain.audience import Audience, AudienceSummary, ByTerminal, ByToken, ByUser
from pushgate.domain.message import Content, Message
from pushgate.domain.message_id import Position
from pushgate.domain.outcome import SlotRef, State
from pushgate.domain.terminal import Group, InlineToken, Terminal
from pushgate.ledger.slot_records import ShardRecord
from pushgate.terminals.registered_terminals import RegisteredTerminal
from pushgate.tracking.explained import NotTargeted
from pushgate.tracking.not_targeted import Named, of_small, of_unplanned

PUSH_AT = datetime(2027, 1, 1, 12, tzinfo=UTC)
EARLIER, LATER = PUSH_AT - timedelta(hours=1), PUSH_AT + timedelta(hours=1)
LISTED, USERS, OTHERS = ByTerminal(("t1",)), ByUser(("u1",)), ByTerminal(("t2",))
TOKENS = ByToken((InlineToken("apns", "a", "en"),))
STRANGER = Named(terminal="t1", token=None, registered=None)
TOKEN = Named(terminal=None, token=("apns", "b"), registered=None)
FOREIGN = Named(terminal=None, token=("vivo", "b"), registered=None, is_configured=False)


def known(at: datetime, user: str | None = None) -> Named:
    terminal = Terminal("t1", "apns", "b", "en", user)
    slots = [SlotRef(0, Group("apns", "en"), 0)]
    registered = RegisteredTerminal(terminal=terminal, changed_at=at, slots=slots)
    return Named(terminal="t1", token=("apns", "b"), registered=registered)


def account(kind: CellKind, audience: Audience | None) -> SmallAccount:
    message = Message(
        id="m",
        app="shop",
        content={"en": Content("t", "b")},
        default_language="en",
        push_at=PUSH_AT,
        created_at=PUSH_AT,
        audience=AudienceSummary(),
    )
    return SmallAccount(
        position=Position(0, 1, 0, 0),
        message_id="m",
        created_ms=0,
        kind=kind,
        was_stopped=False,
        message=SmallMessage(message, audience) if audience else None,
        slots=(),
        resend=b"",
        version=(1, 0),
        unknown_reports={},
    )


@pytest.mark.parametrize(
    ("kind", "audience", "named", "reason"),
    [
        (CellKind.PLACED, LISTED, STRANGER, NotTargeted.UNKNOWN_TERMINAL),
        (CellKind.WAITS, LISTED, STRANGER, NotTargeted.UNKNOWN_TERMINAL),
        (CellKind.PLACED, LISTED, TOKEN, NotTargeted.UNKNOWN_TOKEN),
        (CellKind.PLACED, LISTED, FOREIGN, NotTargeted.VENDOR_NOT_CONFIGURED),
        (CellKind.WAITS, LISTED, known(EARLIER), NotTargeted.NOT_PLANNED),
        (CellKind.WAITS, OTHERS, known(EARLIER), NotTargeted.NOT_LISTED),
        (CellKind.WAITS, USERS, known(EARLIER), NotTargeted.NOT_PLANNED),
        (CellKind.CANCELLED, LISTED, known(EARLIER), NotTargeted.CANCELLED),
        (CellKind.PLACED, OTHERS, known(EARLIER), NotTargeted.NOT_LISTED),
        (CellKind.SCATTERED, USERS, known(EARLIER), NotTargeted.NOT_LISTED),
        (CellKind.SCATTERED, USERS, known(LATER, "u1"), NotTargeted.REGISTERED_LATER),
        (CellKind.PLACED, LISTED, known(LATER), NotTargeted.REGISTERED_LATER),
        (CellKind.NOBODY, LISTED, known(LATER), NotTargeted.REGISTERED_LATER),
        (CellKind.NOBODY, LISTED, known(EARLIER), NotTargeted.NOBODY),
        (CellKind.PLACED, TOKENS, TOKEN, NotTargeted.NOT_LISTED),
        (CellKind.PLACED, TOKENS, STRANGER, NotTargeted.UNKNOWN_TERMINAL),
        (CellKind.PLACED, TOKENS, known(EARLIER), NotTargeted.NOT_LISTED),
        (CellKind.PLACED, None, known(EARLIER), NotTargeted.CONTENT_DROPPED),
        (CellKind.PLACED, None, STRANGER, NotTargeted.UNKNOWN_TERMINAL),
        (CellKind.NOBODY, None, known(EARLIER), NotTargeted.NOBODY),
        (CellKind.CANCELLED, None, known(EARLIER), NotTargeted.CANCELLED),
    ],
)
def test_the_reason_follows_from_what_is_known(
    kind: CellKind, audience: Audience | None, named: Named, reason: NotTargeted
) -> None:
    assert of_small(account(kind, audience), named) is reason


@pytest.mark.parametrize(
    ("record", "is_cancelled", "reason"),
    [
        (ShardRecord(True, None, None), False, None),
        (ShardRecord(True, State.CANCELLED, None), True, None),
        (ShardRecord(False, None, None), False, NotTargeted.NOT_PLANNED),
        (ShardRecord(False, None, None), True, NotTargeted.CANCELLED),
        (ShardRecord(False, State.CANCELLED, None), False, NotTargeted.CANCELLED),
        (ShardRecord(False, State.EXPIRED, None), False, NotTargeted.EXPIRED),
    ],
)
def test_a_shard_without_a_plan_is_for_nobody(
    record: ShardRecord, is_cancelled: bool, reason: NotTargeted | None
) -> None:
    assert of_unplanned(record, is_cancelled=is_cancelled) is reason


def test_every_reason_is_told_in_words() -> None:
    assert all(reason.meaning.endswith(".") for reason in NotTargeted)
