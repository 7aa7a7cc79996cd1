"""What a pause is: since when, and by which API key. Pure."""

from datetime import datetime

import msgspec

Paused = tuple[str, str]
"""An app and a vendor; the vendor is '' where the whole app is paused."""


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Since when something is paused, and by which API key."""

    at: datetime
    key_id: str
    key_name: str

    @property
    def reason(self) -> str:
        """Since when and by whom, in words."""
        return f"paused since {self.at:%Y-%m-%dT%H:%M:%SZ} by key {self.key_name or self.key_id}"
