"""The setting for a vendor's quota: how many pushes of a class an app may send in one of the
vendor's days. Pure.

Source: docs/reference/vendors/index.md#categories
"""

from typing import Annotated

from pydantic import Field

from pushgate.adapters.vendor_settings import VendorSettings
from pushgate.domain.push_class import PushClass

MAX_QUOTA = 10_000_000_000
_Pushes = Annotated[int, Field(ge=1, le=MAX_QUOTA)]


class DailyQuotas(VendorSettings):
    """The part of a section that names the vendor's quotas."""

    quotas: dict[PushClass, _Pushes] = Field(
        default_factory=dict,
        description="pushes of the class marketing or service that the vendor takes from the app in a day of "
        "Asia/Shanghai, as its console says, as in {marketing = 100000}; unset = until the vendor refuses",
    )
