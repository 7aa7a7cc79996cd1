"""A reader of events during a play: at its end what it added up equals the results, with snapshots
where it was told of a gap.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import cast

from tests.support.event_sums import COUNTED, EventSums, nonzero
from tests.support.faults.deployment import APP, Deployment
from tests.support.faults.result_checks import read_results

from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import EngineUnavailable
from pushgate.redis.client import connect
from pushgate.stores import Stores

_TIMEOUT = 60.0
"""How long events may come later than results, in s, after each message was looked at once."""


class EventChecks:
    """Reads the app's events from its subscription on."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._loop = asyncio.new_event_loop()
        self._redis = connect(deployment.store.settings())
        self._stores = Stores.open(self._redis, SystemClock(), timedelta(days=30))
        self.sums = EventSums(self._stores, APP)
        self._loop.run_until_complete(self.sums.subscribe())

    def read(self) -> None:
        """Read what came, as far as the store answers."""
        try:
            self._loop.run_until_complete(self.sums.catch_up())
        except EngineUnavailable:
            return

    def check(
        self, large: Sequence[str], small: Sequence[str], faults: list[str], *, lost_plans: bool
    ) -> None:
        """Hold the sums against the results; snapshots come first where entries were missed, or
        where plans were `lost` behind the ledger's back.
        """
        self.read()
        if self.sums.gaps or lost_plans:
            self._loop.run_until_complete(self._write_snapshots(large, small))
        wrong = self._differences([*large, *small], faults)
        deadline = time.monotonic() + _TIMEOUT
        while wrong and time.monotonic() < deadline:
            wrong = self._differences(wrong, faults)
        faults += [f"events and results of {message}: {difference}" for message, difference in wrong.items()]

    def close(self) -> None:
        """Leave the streams."""
        self._loop.run_until_complete(self._stores.event_log.unsubscribe(APP, "sums"))
        self._loop.run_until_complete(self._redis.aclose())
        self._loop.close()

    async def _write_snapshots(self, large: Sequence[str], small: Sequence[str]) -> None:
        for shard in range(APP.shards):
            await self._stores.ledger_snapshots.write(APP, shard, [*large, *small])
        await self._stores.small_snapshots.write(APP, small)

    def _differences(self, messages: Iterable[str], faults: list[str]) -> dict[str, str]:
        """What came of the messages whose events and results differ."""
        self.read()
        found = {message: self._difference(message, faults) for message in messages}
        return {message: difference for message, difference in found.items() if difference}

    def _difference(self, message: str, faults: list[str]) -> str:
        """What the events of a message add up to, and its results, where they differ; else
        empty.
        """
        results = read_results(self._deployment, message, faults)
        if results is None:
            return "the API did not answer"
        expected = nonzero({name: cast("int", results.get(name, 0)) for name in COUNTED})
        found = self.sums.of_message(message)
        return "" if found == expected else f"{found} {expected}"
