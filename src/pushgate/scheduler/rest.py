"""Sends the rest of a message once it has a winner, to the terminals that are not left out by then.

Each step may be repeated after a crash, harmlessly.
"""

from collections.abc import Collection

from pushgate import deciding
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.experiment import Decision
from pushgate.domain.message import Envelope
from pushgate.domain.outcome import State
from pushgate.ledger.values import MessageShard
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.deferral import judge_later
from pushgate.scheduler.left_out import LeavingOut
from pushgate.scheduler.planned_rows import has_expired, planned_rows


class Rest:
    """Sends the rest of one message. All calls raise EngineUnavailable."""

    def __init__(
        self,
        context: SchedulerContext,
        message: Envelope,
        configured: ConfiguredApp,
        decision: Decision,
        leaving_out: LeavingOut,
    ) -> None:
        """`decision` says what the rest gets; `leaving_out` has begun with its shards."""
        self.decision = decision
        self._context = context
        self._stores = context.stores
        self._message = message
        self._configured = configured
        self._leaving_out = leaving_out

    @classmethod
    async def begin(
        cls, context: SchedulerContext, message: Envelope, configured: ConfiguredApp
    ) -> "Rest | None":
        """Begin with a message in all shards, None where there is no winner yet."""
        decision = await deciding.find(context.stores, configured.app, message)
        if decision is None:
            return None
        return await cls._begin(context, message, configured, decision, range(configured.app.shards))

    @classmethod
    async def _begin(
        cls,
        context: SchedulerContext,
        message: Envelope,
        configured: ConfiguredApp,
        decision: Decision,
        shards: Collection[int],
    ) -> "Rest":
        leaving_out = await LeavingOut.begin(context.stores, context.clock, message, configured, shards)
        return cls(context, message, configured, decision, leaving_out)

    @classmethod
    async def repair(
        cls, context: SchedulerContext, message: Envelope, configured: ConfiguredApp, decision: Decision
    ) -> None:
        """Let the rest be sent in the shards that do not know this decision, because they never got
        it or lost it.
        """
        stores, app = context.stores, configured.app
        untold = await stores.told_winners.untold(app, message.id, decision, range(app.shards))
        if untold:
            rest = await cls._begin(context, message, configured, decision, untold)
            for shard in untold:
                await rest.release(shard)

    async def release(self, shard: int) -> None:
        """Let the rest of a planned shard be sent: terminals that are left out are cancelled, then
        the winner is noted for workers. Changes nothing where it is noted already.
        """
        stores, app, message = self._stores, self._configured.app, self._message
        if not await stores.told_winners.untold(app, message.id, self.decision, [shard]):
            return
        scope = MessageShard(app, shard, message.id, stores.retention.keep_until(message))
        waiting = await stores.rest_slots.pending(scope)
        is_over = has_expired(message, self._context.clock.now())
        judged = await judge_later(stores, scope, waiting, self._leaving_out, sends=not is_over)
        rows = planned_rows(self._configured, waiting, judged, is_over=is_over)
        await stores.rest_slots.leave_out(scope, [row for row in rows if row.state is State.CANCELLED])
        await stores.told_winners.tell(scope, self.decision)
