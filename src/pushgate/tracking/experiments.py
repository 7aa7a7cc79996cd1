"""Compares the variants of a message: the results of each, and whether one is clearly the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from pushgate.domain.app import App
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.experiment import Decision, Split
from pushgate.domain.message import Envelope
from pushgate.experiments.judgement import Arm, Judgement, judge
from pushgate.experiments.winner import comparison_end, waited_for
from pushgate.ledger.arms import ArmStore
from pushgate.ledger.values import MessageShard
from pushgate.messages.retention import Retention
from pushgate.redis.hash_tags import shard_of
from pushgate.tracking.decisions import Decisions


class _Settled(msgspec.Struct):
    """A stored judgement, and when it was made (ms since the epoch)."""

    at_ms: int
    judgement: Judgement


_decode = msgspec.json.Decoder(_Settled).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """The variants of a message. `counts` has the terminals of each variant by state and receipt.

    `held_out` is how many terminals get no variant. `decided_at` is None while the judgement may
    change. `rest` has the same counts of the terminals that wait for a winner, or got it;
    `decision` is None while there is no winner. `ends_at` is when the variants are looked at for
    the last time; it is later while more than a few pushes of variants are pending.
    """

    split: Split
    counts: Sequence[Mapping[str, int]]
    held_out: int
    judgement: Judgement
    decided_at: datetime | None
    rest: Mapping[str, int]
    decision: Decision | None
    ends_at: datetime

    @property
    def arms(self) -> list[Arm]:
        """The variants as they are shown."""
        return [_arm(counts) for counts in self.counts]

    @property
    def sent_arms(self) -> list[Arm]:
        """The variants as they are compared for the rest, by the pushes that are not pending."""
        return _sent_arms(self.counts)

    @property
    def unsent(self) -> int:
        """For how many pending pushes of variants a decision waits; 0 if only a few are pending."""
        return unsent_of(self.counts)


class Experiments:
    """The experiments of all messages. All calls raise EngineUnavailable."""

    def __init__(self, arms: ArmStore, decisions: Decisions, retention: Retention, clock: Clock) -> None:
        self._arms = arms
        self._decisions = decisions
        self._retention = retention
        self._clock = clock

    async def find(self, app: App, message: Envelope) -> Experiment | None:
        """Compare the variants of a message; None for a message without variants.

        The first call that finds a variant clearly the best, or comes after the message has
        expired, settles the judgement, because z must not be tested repeatedly. While the rest
        waits for a winner, only `settle` settles the judgement.
        """
        split = message.split
        if split is None:
            return None
        if split.winner is None:
            return await self._compare(app, message, split, None, settles=True)
        decision = await self._decisions.find(app, message.id)
        settles = decision is not None or self._clock.now() >= message.expires_at
        return await self._compare(app, message, split, decision, settles=settles)

    async def settle(self, app: App, message: Envelope, split: Split) -> Experiment:
        """Compare the variants of a message that is being sent and has no winner yet, to decide
        which one its rest gets.

        The first call that finds a variant clearly the best, or comes when the time for a winner is
        over, settles the judgement. While more than a few pushes of variants are pending, z is
        tested only once the rest cannot wait longer, and never before a push was sent.
        """
        return await self._compare(app, message, split, None, settles=True)

    async def _compare(
        self, app: App, message: Envelope, split: Split, decision: Decision | None, *, settles: bool
    ) -> Experiment:
        now = self._clock.now()
        raw, waited_at = await self._arms.judgement(app, message.id)
        # A final judgement must not rest on counts that are some seconds old.
        is_last_look = settles and raw is None and now >= _end_of(message, split, waited_at)
        found = await self._arms.count(app, message.id, len(split.names), fresh=is_last_look)
        if split.winner and unsent_of(found.arms):
            waited_at = now
        ends_at = _end_of(message, split, waited_at)
        if raw is None:
            ended = settles and now >= ends_at
            raw = await self._judge(app, message, found.arms, ended=ended, settles=settles)
        settled = _decode(raw)
        return Experiment(
            split=split,
            counts=found.arms,
            held_out=found.held_out,
            judgement=settled.judgement,
            decided_at=from_ms(settled.at_ms) if settled.at_ms else None,
            rest=found.rest,
            decision=decision,
            ends_at=ends_at,
        )

    async def _judge(
        self, app: App, message: Envelope, counts: Sequence[Mapping[str, int]], *, ended: bool, settles: bool
    ) -> bytes:
        now, for_rest = self._clock.now(), message.split is not None and message.split.winner is not None
        arms = _sent_arms(counts) if for_rest else [_arm(of_arm) for of_arm in counts]
        if for_rest and unsent_of(counts):
            ended = ended and any(arm.targeted for arm in arms)
        judgement = judge(arms, ended=ended)
        if not settles or (not ended and not judgement.clear):
            return msgspec.json.encode(_Settled(0, judgement))
        shard = shard_of(app, message.id)
        message_shard = MessageShard(app, shard, message.id, self._retention.keep_until(message))
        return await self._arms.settle(message_shard, msgspec.json.encode(_Settled(to_ms(now), judgement)))


def _end_of(message: Envelope, split: Split, waited_at: datetime | None) -> datetime:
    """When the variants are compared for the last time."""
    if split.winner is None:
        return message.expires_at
    spread = message.spread or timedelta(0)
    return comparison_end(message.push_at, message.expires_at, split.winner.after, spread, waited_at)


def unsent_of(counts: Sequence[Mapping[str, int]]) -> int:
    """For how many pending pushes of variants a decision waits, from the counts of each variant."""
    pending = sum(of_arm["pending"] for of_arm in counts)
    return waited_for(sum(of_arm["targeted"] for of_arm in counts), pending)


def _sent_arms(counts: Sequence[Mapping[str, int]]) -> list[Arm]:
    return [replace(_arm(of_arm), targeted=of_arm["targeted"] - of_arm["pending"]) for of_arm in counts]


def _arm(counts: Mapping[str, int]) -> Arm:
    return Arm(
        targeted=counts["targeted"], clicked=counts["clicked"], muted=counts["muted"], gone=counts["gone"]
    )
