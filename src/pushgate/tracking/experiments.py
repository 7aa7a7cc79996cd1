"""The variants of a message compared: what became of each, and whether one is clearly the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from pushgate.domain.app import App
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.experiment import Decision, Split
from pushgate.domain.message import Envelope
from pushgate.experiments.judgement import Arm, Judgement, judge
from pushgate.ledger.arms import ArmStore
from pushgate.ledger.values import MessageShard
from pushgate.messages.retention import Retention
from pushgate.messages.winners import Winners
from pushgate.redis.hash_tags import shard_of


class _Settled(msgspec.Struct):
    """A judgement as it is stored, and when it was given (ms since the epoch)."""

    at_ms: int
    judgement: Judgement


_decode = msgspec.json.Decoder(_Settled).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """The variants of a message. `counts` has for each the terminals by state and receipt.

    `held_out` is how many terminals get none. `decided_at` is None while the judgement may change.
    `rest` has the same counts of the terminals that wait for a winner, or got it; `decision` is
    None while there is no winner, which there is at `ends_at` at the latest.
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
        """The variants as they are judged."""
        return [_arm(counts) for counts in self.counts]


class Experiments:
    """The experiments of all messages. All calls raise EngineUnavailable."""

    def __init__(self, arms: ArmStore, winners: Winners, retention: Retention, clock: Clock) -> None:
        self._arms = arms
        self._winners = winners
        self._retention = retention
        self._clock = clock

    async def find(self, app: App, message: Envelope) -> Experiment | None:
        """The variants of a message compared; None for a message without variants.

        The first look that finds a variant clear, or that comes when the time for a winner is over,
        or else when the message has expired, settles the judgement: looks at z are not repeated.
        """
        split = message.split
        if split is None:
            return None
        raw = await self._arms.judgement(app, message.id)
        ends_at = _end_of(message, split)
        # What is settled now must not rest on counts of some seconds ago.
        is_last_look = raw is None and self._clock.now() >= ends_at
        found = await self._arms.count(app, message.id, len(split.names), fresh=is_last_look)
        if raw is None:
            raw = await self._judge(app, message, ends_at, [_arm(of_arm) for of_arm in found.arms])
        settled = _decode(raw)
        return Experiment(
            split=split,
            counts=found.arms,
            held_out=found.held_out,
            judgement=settled.judgement,
            decided_at=from_ms(settled.at_ms) if settled.at_ms else None,
            rest=found.rest,
            decision=await self._winners.find(message.id) if split.winner else None,
            ends_at=ends_at,
        )

    async def _judge(self, app: App, message: Envelope, ends_at: datetime, arms: Sequence[Arm]) -> bytes:
        now = self._clock.now()
        ended = now >= ends_at
        judgement = judge(arms, ended=ended)
        if not ended and not judgement.clear:
            return msgspec.json.encode(_Settled(0, judgement))
        shard = shard_of(app, message.id)
        message_shard = MessageShard(app, shard, message.id, self._retention.keep_until(message))
        return await self._arms.settle(message_shard, msgspec.json.encode(_Settled(to_ms(now), judgement)))


def _end_of(message: Envelope, split: Split) -> datetime:
    """When the variants are looked at for the last time."""
    return message.push_at + split.winner.after if split.winner else message.expires_at


def _arm(counts: Mapping[str, int]) -> Arm:
    return Arm(
        targeted=counts["targeted"], clicked=counts["clicked"], muted=counts["muted"], gone=counts["gone"]
    )
