"""Quick checks of made up adapters."""

from pushgate.adapters.contract import Push, PushSize, QuickCheck


class _NothingSure:
    def surely_carries(self, push: Push, size: PushSize) -> bool:
        return False

    def surely_unwarned(self, push: Push) -> bool:
        return False


NOTHING_SURE: QuickCheck = _NothingSure()
"""Of no push, so that each is rendered."""
