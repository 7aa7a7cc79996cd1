"""Sealers of the tests, with keys that tests know."""

import base64

from pushgate.sealing.master_keys import MasterKeys
from pushgate.sealing.sealer import Sealer


def sealer_of(*keys: bytes) -> Sealer:
    """A sealer with these keys, each the digit that its 32 bytes repeat; none for no master key."""
    return Sealer(MasterKeys([key * 32 for key in keys]) if keys else None)


def key_text(key: bytes) -> str:
    """The key as settings have it."""
    return base64.b64encode(key * 32).decode()
