"""An app's settings for Honor. Pure.

Source: docs/reference/vendors/honor.md#credentials
"""

from typing import ClassVar

from pydantic import Field

from pushgate.adapters.daily_quotas import DeviceLimitSettings
from pushgate.adapters.honor.receipts import DELIVERED
from pushgate.adapters.vendor_settings import EndpointUrl, FileOf, RequiredSecret

MAX_BODY = 4096
"""Bytes without the tokens, not confirmed: docs/reference/vendors/honor.md#limits"""
MAX_TOKENS = 1000
"""Tokens a request, not confirmed: docs/reference/vendors/honor.md#limits"""


class HonorSettings(DeviceLimitSettings):
    """`[apps.<app>.honor]`"""

    required: ClassVar[frozenset[str]] = frozenset(["client_secret"])
    own_addresses: ClassVar[frozenset[str]] = frozenset(
        ["https://iam.developer.hihonor.com/auth/realms/developer/protocol/openid-connect/token"]
    )

    endpoint: EndpointUrl = "https://push-api.cloud.honor.com"
    token_endpoint: EndpointUrl = "https://iam.developer.honor.com/auth/token"  # noqa: S105  # an address
    app_id: str = Field(
        pattern=r"^[A-Za-z0-9]{1,64}$", description="the app's id, which stands in the address"
    )
    client_id: str = Field(max_length=128, description="for the access token; another than the app's id")
    client_secret_file: FileOf = None
    client_secret: RequiredSecret = None
    max_tokens: int = Field(
        default=MAX_TOKENS, ge=1, le=1000, description="tokens a request; Honor's limit is not confirmed"
    )
    max_body: int = Field(
        default=MAX_BODY,
        ge=1024,
        le=1_000_000,
        description="bytes without tokens; Honor's limit is not confirmed",
    )
    delivered_statuses: tuple[int, ...] = Field(
        default=DELIVERED, description="statuses of receipts that mean delivered; Honor's are not confirmed"
    )
