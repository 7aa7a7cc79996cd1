"""The variants of a message compared: what became of each, and whether one is clearly the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from pushgate.domain.app import App
from pushgate.domain.clock import Clock, from_ms, to_ms
from pushgate.domain.experiment import Split
from pushgate.domain.message import Envelope
from pushgate.experiments.judgement import Arm, Judgement, judge
from pushgate.ledger.arms import ArmStore
from pushgate.ledger.values import MessageShard
from pushgate.messages.retention import Retention
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
    """

    split: Split
    counts: Sequence[Mapping[str, int]]
    held_out: int
    judgement: Judgement
    decided_at: datetime | None

    @property
    def arms(self) -> list[Arm]:
        """The variants as they are judged."""
        return [_arm(counts) for counts in self.counts]


class Experiments:
    """The experiments of all messages. All calls raise EngineUnavailable."""

    def __init__(self, arms: ArmStore, retention: Retention, clock: Clock) -> None:
        self._arms = arms
        self._retention = retention
        self._clock = clock

    async def find(self, app: App, message: Envelope) -> Experiment | None:
        """The variants of a message compared; None for a message without variants.

        The first look that finds a variant clear, or that comes after the message has expired,
        settles the judgement: looks at z are not repeated.
        """
        split = message.split
        if split is None:
            return None
        counts, held_out = await self._arms.count(app, message.id, len(split.names))
        raw = await self._arms.judgement(app, message.id)
        if raw is None:
            raw = await self._judge(app, message, [_arm(of_arm) for of_arm in counts])
        settled = _decode(raw)
        return Experiment(
            split=split,
            counts=counts,
            held_out=held_out,
            judgement=settled.judgement,
            decided_at=from_ms(settled.at_ms) if settled.at_ms else None,
        )

    async def _judge(self, app: App, message: Envelope, arms: Sequence[Arm]) -> bytes:
        now = self._clock.now()
        ended = now >= message.expires_at
        judgement = judge(arms, ended=ended)
        if not ended and not judgement.clear:
            return msgspec.json.encode(_Settled(0, judgement))
        shard = shard_of(app, message.id)
        message_shard = MessageShard(app, shard, message.id, self._retention.keep_until(message))
        return await self._arms.settle(message_shard, msgspec.json.encode(_Settled(to_ms(now), judgement)))


def _arm(counts: Mapping[str, int]) -> Arm:
    return Arm(
        targeted=counts["targeted"], clicked=counts["clicked"], muted=counts["muted"], gone=counts["gone"]
    )
