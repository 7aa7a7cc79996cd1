"""Sealers of the tests, with keys that tests know."""

from pushgate.sealing.master_keys import MasterKeys
from pushgate.sealing.sealer import Sealer


def sealer_of(*keys: bytes) -> Sealer:
    """A sealer with these keys, each the digit that its 32 bytes repeat; none for no master key."""
    return Sealer(MasterKeys([key * 32 for key in keys]) if keys else None)
