"""Explanations, domain -> JSON. Unknown facts are left out. Pure."""

from collections.abc import Sequence

from pushgate.adapters.code_meanings import explain_code
from pushgate.api.mapping.results import from_pending_reason
from pushgate.api.times import format_instant, format_known
from pushgate.content.language import ChosenLanguage
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.fleet.problem_codes import SystemProblem
from pushgate.ledger.values import Failure
from pushgate.tracking.explained import ExplainedPush, Explanation
from pushgate.tracking.messages import TrackedMessage


def from_explanation(explanation: Explanation, waiting: Sequence[SystemProblem]) -> dict[str, object]:
    """Return the explanation as JSON. `waiting` is why the push is pending."""
    reason, push = explanation.reason, explanation.push
    return known(
        message=_from_message(explanation.tracked),
        terminal=_from_terminal(explanation),
        targeted=explanation.targeted,
        reason={"code": reason.value, "message": reason.meaning} if reason else None,
        push=from_push(push, explanation.language) if push else None,
        waiting=[from_pending_reason(one) for one in waiting],
    )


def _from_message(tracked: TrackedMessage) -> dict[str, object]:
    envelope = tracked.envelope
    return known(
        id=tracked.id,
        status=tracked.status.value,
        created_at=format_instant(tracked.created_at),
        push_time=format_known(envelope.push_at if envelope else None),
        expires_at=format_known(envelope.expires_at if envelope else None),
        dry_run=envelope.dry_run if envelope else None,
        content_dropped=True if tracked.message is None else None,
    )


def _from_terminal(explanation: Explanation) -> dict[str, object]:
    registered = explanation.registered
    return known(
        id=explanation.terminal,
        registered=registered is not None,
        vendor=registered.terminal.vendor if registered else None,
        language=registered.terminal.language if registered else None,
        changed_at=format_known(registered.changed_at if registered else None),
    )


def from_push(push: ExplainedPush, chosen: ChosenLanguage | None) -> dict[str, object]:
    """Return the result of a push as JSON. `chosen` is the language of its content, if known."""
    moved, times = push.moved_to, push.receipt_times
    return known(
        vendor=push.group.vendor,
        language=known(
            wanted=push.group.language,
            content=chosen.language if chosen else None,
            match=chosen.match.value if chosen else None,
        ),
        variant=push.variant,
        rest=push.is_of_rest,
        moved_to={"vendor": moved.vendor, "language": moved.language} if moved else None,
        state=push.state.value,
        since=format_known(push.since),
        precision=push.precision.value if push.precision else None,
        attempts=push.attempts,
        unanswered=push.in_doubt,
        failure=_from_failure(push.failure, push.state) if push.failure else None,
        due_at=format_known(push.due_at),
        expires_at=format_known(push.expires_at),
        **{kind.value: kind in push.receipts for kind in ReceiptKind},
        receipt_times=None
        if times is None
        else {kind.value: format_instant(at) for kind, at in times.items()},
    )


def _from_failure(failure: Failure, state: State) -> dict[str, object]:
    row = explain_code(failure.vendor, failure.code, state)
    return known(
        code=failure.code,
        # The stored text of a pending push says how it would end if nothing more came.
        reason=None if state is State.PENDING else failure.reason,
        meaning=row.meaning if row else None,
        remedy=row.remedy if row else None,
    )


def known(**fields: object) -> dict[str, object]:
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}
