"""Pauses of apps and vendors, as a call makes them."""

from datetime import datetime

from pushgate.fleet.pause import Pause


def pause(at: datetime) -> Pause:
    return Pause(at=at, key_id="0a1b2c3d4e5f", key_name="on call")
