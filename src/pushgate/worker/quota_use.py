"""The share of a vendor's daily quota that a run has reserved, and how much of it the run used."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from pushgate.domain.outcome import Outcome
from pushgate.quotas.quota import Quota
from pushgate.quotas.store import VendorQuotas

_USED = (Outcome.ACCEPTED, Outcome.UNKNOWN)
"""Outcomes that use up quota. Pushes without a readable answer count, because the vendor may have
counted them.
"""


class QuotaUse:
    """A run's share of one quota, by parts of the run's work. Created for one run and used once."""

    def __init__(
        self,
        quotas: VendorQuotas,
        quota: Quota,
        rank: int,
        claimant: str,
        run: str,
        patience: timedelta,
    ) -> None:
        """`claimant` names the message or bundle that the run sends, `run` the run itself. For
        `patience`, lower priorities leave room for the pushes that the quota has refused.
        """
        self._quotas = quotas
        self._quota = quota
        self._rank = rank
        self._claimant = claimant
        self._run = run
        self._patience = patience
        self._day = ""
        self._left: Counter[str] = Counter()
        """How many pushes each part may still send."""
        self._sent: Counter[str] = Counter()
        self._used: Counter[str] = Counter()
        self._unused: Counter[str] = Counter()

    async def take(self, parts: Mapping[str, int]) -> None:
        """Reserve pushes for these parts; `parts` has the number of pushes by the part's name.
        Raises EngineUnavailable.
        """
        self._day, granted = await self._quotas.take(
            self._quota, self._rank, self._claimant, self._run, parts, self._patience
        )
        self._left = Counter(granted)

    def cut(self, part: str, pushes: int) -> int:
        """Return how many of these pushes of a part may be sent. They count as sent from now on."""
        allowed = min(pushes, self._left[part])
        self._left[part] -= allowed
        self._sent[part] += allowed
        return allowed

    def note(self, part: str, outcome: Outcome, pushes: int) -> None:
        """Note the vendor's verdict on this number of pushes of a part."""
        counts = self._used if outcome in _USED else self._unused
        counts[part] += pushes

    async def settle(self, *, was_cut_off: bool) -> None:
        """Give back the pushes that the run did not use. Where the run was cut off, pushes without
        a verdict count as used. Raises EngineUnavailable.
        """
        counted = self._sent - self._unused if was_cut_off else self._used
        used = {part: counted[part] for part in self._left}
        await self._quotas.settle(self._quota, self._day, self._claimant, self._run, used)

    async def refuse(self) -> None:
        """Note that the vendor called the quota used up, for the day of the reservation. Raises
        EngineUnavailable.
        """
        await self._quotas.refuse(self._quota, self._day)
