"""Settings for what a vendor takes from an app, and shows on a device, in one of its days. Pure.

Source: docs/reference/vendors/index.md#categories
"""

from typing import Annotated

from pydantic import Field

from pushgate.adapters.vendor_settings import VendorSettings
from pushgate.domain.push_class import PushClass

MAX_QUOTA = 10_000_000_000
MAX_PER_DEVICE = 15
_Pushes = Annotated[int, Field(ge=1, le=MAX_QUOTA)]
PerDevice = Annotated[
    int,
    Field(
        ge=0,
        le=MAX_PER_DEVICE,
        description="marketing pushes that the vendor shows on a device in a day of Asia/Shanghai; further "
        "ones are left out. More for apps of news; 0 = leave out none",
    ),
]


class DeviceLimitSettings(VendorSettings):
    """The part of a section that says how much of marketing a device is shown."""

    marketing_per_device: PerDevice = 2


class DailyQuotas(DeviceLimitSettings):
    """The part of a section that names the vendor's quotas, too."""

    quotas: dict[PushClass, _Pushes] = Field(
        default_factory=dict,
        description="pushes of the class marketing or service that the vendor takes from the app in a day of "
        "Asia/Shanghai, as its console says, as in {marketing = 100000}; unset = until the vendor refuses",
    )
