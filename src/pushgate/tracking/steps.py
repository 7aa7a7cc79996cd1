"""The results of the steps of escalated messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pushgate.domain.app import App
from pushgate.domain.errors import NotFound
from pushgate.domain.escalation import MadeStep, Step, due_at
from pushgate.domain.message import Status
from pushgate.ledger.report import Report
from pushgate.ledger.results import ResultStore
from pushgate.messages.escalations import Escalations
from pushgate.messages.store import MessageStore
from pushgate.tracking.messages import TrackedMessage


class StepState(StrEnum):
    """Where a step stands."""

    TO_COME = "to_come"
    MADE = "made"
    """It has a message."""
    NOBODY_LEFT = "nobody_left"
    """Nobody was left to reach when it was due."""
    EXPIRED = "expired"
    """The message's time to live was over when it was due."""
    TOLD = "told"
    """Readers of the app's events were told whom the message did not reach."""
    CANCELLED = "cancelled"
    """The message, or what was left of its steps, was cancelled before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedStep:
    """A step of a message. `message_id`, `status` and `report` are those of the step's own message;
    None where there is none, or it is forgotten.
    """

    number: int
    step: Step
    due_at: datetime
    state: StepState
    message_id: str | None
    status: Status | None
    report: Report | None
    told: int
    """Of how many terminals readers of events were told."""


class Steps:
    """The steps of all messages. All calls raise EngineUnavailable."""

    def __init__(self, escalations: Escalations, messages: MessageStore, results: ResultStore) -> None:
        self._escalations = escalations
        self._messages = messages
        self._results = results

    async def ids(self, message_id: str) -> list[str]:
        """The ids of the messages that steps of a message have so far."""
        return [one.message_id for one in (await self._escalations.steps(message_id)).made if one.message_id]

    async def of(self, app: App, tracked: TrackedMessage) -> Sequence[TrackedStep]:
        """The steps of a message, in their order; none of a message without any."""
        envelope = tracked.envelope
        if envelope is None or not envelope.escalate:
            return []
        known = await self._escalations.steps(tracked.id)
        is_over = known.is_cancelled or tracked.status is Status.CANCELLED
        found: list[TrackedStep] = []
        for number, step in enumerate(envelope.escalate):
            made = known.made[number] if number < len(known.made) else None
            status, report = await self._read(app, made)
            found.append(
                TrackedStep(
                    number=number + 1,
                    step=step,
                    due_at=due_at(step, envelope.push_at, envelope.spread, known.resumed_at),
                    state=_state(made, is_over=is_over),
                    message_id=made.message_id if made else None,
                    status=status,
                    report=report,
                    told=made.told if made else 0,
                )
            )
        return found

    async def _read(self, app: App, made: MadeStep | None) -> tuple[Status | None, Report | None]:
        if made is None or made.message_id is None:
            return None, None
        try:
            stored = await self._messages.read_envelope(app.name, made.message_id)
        except NotFound:
            return None, None
        return stored.status, await self._results.report(app, made.message_id)


def _state(made: MadeStep | None, *, is_over: bool) -> StepState:
    if made is None:
        return StepState.CANCELLED if is_over else StepState.TO_COME
    return StepState(made.reason.value) if made.reason else StepState.MADE
