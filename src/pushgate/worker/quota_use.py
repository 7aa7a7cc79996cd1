"""What one run may send of a vendor's daily quota, and what it used of that."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from pushgate.domain.outcome import Outcome
from pushgate.quotas.quota import Quota
from pushgate.quotas.store import VendorQuotas

_USED = (Outcome.ACCEPTED, Outcome.UNKNOWN)
"""The vendor may have counted a push that it did not answer."""


class QuotaUse:
    """A run's share of one quota, by the parts of its work. Created for one run and used once."""

    def __init__(
        self,
        quotas: VendorQuotas,
        quota: Quota,
        rank: int,
        claimant: str,
        run: str,
        patience: timedelta,
    ) -> None:
        """`claimant` is whose work it is, and `run` tells this run from any other. What the quota
        refuses comes before pushes of lower priority for `patience`.
        """
        self._patience = patience
        self.quota = quota
        self._quotas = quotas
        self._rank = rank
        self._claimant = claimant
        self._run = run
        self._day = ""
        self._left: dict[str, int] = {}
        """How many pushes each part may still send."""
        self._sent: Counter[str] = Counter()
        self._used: Counter[str] = Counter()
        self._unused: Counter[str] = Counter()

    async def take(self, parts: Mapping[str, int]) -> None:
        """Reserve what these parts want to send. Raises EngineUnavailable."""
        self._day, self._left = await self._quotas.take(
            self.quota, self._rank, self._claimant, self._run, parts, self._patience
        )

    def cut(self, part: str, pushes: int) -> int:
        """How many of so many pushes of a part may be sent now; they count as sent from then on."""
        allowed = min(pushes, self._left.get(part, 0))
        self._left[part] = self._left.get(part, 0) - allowed
        self._sent[part] += allowed
        return allowed

    def note(self, part: str, outcome: Outcome, pushes: int) -> None:
        """The vendor's verdict on so many pushes of a part."""
        counts = self._used if outcome in _USED else self._unused
        counts[part] += pushes

    async def settle(self, *, was_cut_off: bool) -> None:
        """The run is over: what it did not use goes back. Of a run that was cut off, all counts as
        used that has no verdict. Raises EngineUnavailable.
        """
        sent = self._sent - self._unused if was_cut_off else self._used
        used = {part: sent[part] for part in {*self._left, *self._sent}}
        await self._quotas.settle(self.quota, self._day, self._claimant, self._run, used)

    async def refuse(self) -> None:
        """The vendor said that the quota is used up: that of the day on which it was taken. Raises
        EngineUnavailable.
        """
        await self._quotas.refuse(self.quota, self._day)
