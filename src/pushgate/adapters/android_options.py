"""Types of options that notifications on Android have with FCM and with Huawei. Pure.

Sources: docs/reference/vendors/fcm.md#options, docs/reference/vendors/huawei.md#options
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from pushgate.adapters.vendor_options import VendorOptions

Duration = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}(\.[0-9]{1,9})?s$")]
"""Seconds in the JSON form of protocol buffers: `1.5s`."""
Timestamp = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$"),
    Field(description="RFC 3339"),
]
HexColour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Visibility = Literal["PRIVATE", "PUBLIC", "SECRET"]
Share = Annotated[float, Field(ge=0, le=1)]


class Colour(VendorOptions):
    """A colour of light; each part is 0 to 1."""

    red: Share = 0.0
    green: Share = 0.0
    blue: Share = 0.0
    alpha: Share = 1.0


class LightSettings(VendorOptions):
    """How the light of the device blinks."""

    color: Colour
    light_on_duration: Duration
    light_off_duration: Duration
