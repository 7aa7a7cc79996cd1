"""Decides which variant the rest of a message gets. The decision is made once: when one variant is
clearly the best, when the time of the comparison is over, or when a caller chooses a variant.

In: an app and a message. Out: the decision. Knows no vendor and no HTTP.
"""

from datetime import datetime

from pushgate.domain.app import App
from pushgate.domain.errors import Conflict, FieldError, InvalidRequest
from pushgate.domain.event_type import EventType
from pushgate.domain.experiment import Decision, Split, WinnerGround
from pushgate.domain.message import Envelope
from pushgate.eventlog.codec import encode_app_event
from pushgate.eventlog.entries import AppEvent
from pushgate.experiments.judgement import Ground
from pushgate.experiments.winner import choose
from pushgate.stores import Stores
from pushgate.tracking.experiments import Experiment, unsent_of

_NO_REST = "no terminals of the message wait for a winner: it has no `winner`, or its content was dropped"
_NOT_SENT = "the message is {}; a variant is chosen for the rest while the message is being sent"
_DECIDED = "the rest of the message gets {} already"


async def decide_by_hand(
    stores: Stores, app: App, message_id: str, variant: str, now: datetime
) -> tuple[Split, Decision]:
    """Decide now that the rest of a message gets this variant. Returns the message's variants and
    the decision. Idempotent.

    Raises NotFound; InvalidRequest where the message has no such variant; Conflict where the
    message has no rest, is not being sent, or already has another decision; and EngineUnavailable.
    """
    found = await stores.tracked.messages.find(app, message_id)
    split = found.envelope.split if found.envelope else None
    if split is None or split.winner is None:
        raise Conflict(_NO_REST)
    if variant not in split.names:
        raise InvalidRequest([FieldError("variant", f"must be one of {', '.join(split.names)}")])
    chosen = Decision(split.names.index(variant), WinnerGround.BY_HAND, now)
    decision = await _hold(stores, app, message_id, split)
    if decision is None:
        event = _event(message_id, split, chosen)
        decision, status = await stores.winners.decide(app.name, message_id, chosen, event)
        if decision is None:
            raise Conflict(_NOT_SENT.format(status))
    if decision.variant != chosen.variant:
        raise Conflict(_DECIDED.format(split.names[decision.variant]))
    return split, decision


async def look(stores: Stores, app: App, message: Envelope, now: datetime) -> bool:
    """Decide which variant the rest gets, once the comparison is settled. The message is being sent
    and has no decision yet. Returns whether this call made a decision; a scheduler then dispatches
    the message again. Idempotent. Raises EngineUnavailable.

    Nothing is decided while the app is paused. While more than a few pushes of the variants are
    pending, only the click race decides, unless it is high time for the rest.
    """
    if message.split is None or message.split.winner is None:
        return False
    experiment = await stores.tracked.experiments.settle(app, message, message.split)
    if experiment.unsent:
        await stores.arms.note_pending(app, message.id, now, stores.retention.keep_until(message))
    if not _is_over(experiment, now) or stores.pauses.find(app.name):
        return False
    number, ground = choose(experiment.sent_arms, experiment.judgement)
    decision = Decision(number, ground, now)
    event = _event(message.id, message.split, decision)
    held, _ = await stores.winners.decide(app.name, message.id, decision, event)
    return held is not None


def _is_over(experiment: Experiment, now: datetime) -> bool:
    """Whether a comparison is settled. A judgement that was stored before the variants were sent
    does not count: processes of an earlier version stored such judgements.
    """
    if experiment.decided_at is None or experiment.judgement.ground is Ground.RACE:
        return experiment.decided_at is not None
    is_sent = not experiment.unsent or any(arm.targeted for arm in experiment.sent_arms)
    return is_sent and now >= experiment.ends_at


async def note_dispatch(stores: Stores, app: App, message: Envelope, now: datetime) -> None:
    """Note that pushes of a message's variants are about to be sent, unless only a few are unsent.
    The time of the comparison counts from this instant. Raises EngineUnavailable.
    """
    split = message.split
    if split is None or split.winner is None:
        return
    if not await stores.plans.unplanned(app, message.id):
        counts = await stores.arms.count(app, message.id, len(split.names), fresh=True)
        if not unsent_of(counts.arms):
            return
    await stores.arms.note_pending(app, message.id, now, stores.retention.keep_until(message))


async def find(stores: Stores, app: App, message: Envelope) -> Decision | None:
    """The decision on a message, None while there is none. Raises EngineUnavailable."""
    if message.split is None or message.split.winner is None:
        return None
    return await _hold(stores, app, message.id, message.split)


async def _hold(stores: Stores, app: App, message_id: str, split: Split) -> Decision | None:
    """The decision on a message, None while there is none. If the queue went back to an earlier
    state, it may have lost the decision or made another one: then the decision in the shards
    replaces it.
    """
    known = await stores.tracked.decisions.read(app, message_id)
    holds, queue = known.holds, known.queue
    if holds is not None and holds != queue:
        event = _event(message_id, split, holds)
        await stores.winners.decide(app.name, message_id, holds, event, in_place_of=queue)
    return holds


def _event(message_id: str, split: Split, decision: Decision) -> bytes:
    fields = {
        "message": message_id,
        "variant": split.names[decision.variant],
        "ground": decision.ground.value,
    }
    return encode_app_event(AppEvent(EventType.MESSAGE_DECIDED, fields))
