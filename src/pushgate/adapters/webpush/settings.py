"""`[apps.<app>.webpush]`: an app's settings for Web Push. Pure."""

from ipaddress import IPv6Address
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, StringConstraints

from pushgate.adapters.vendor_settings import ContentOf, Reaches, VendorSettings


def _normalize_host(text: str) -> str:
    """Return the host in the form that subscriptions' origins have. Raises ValueError."""
    if not text.startswith("["):
        return text
    address, _, rest = text[1:].partition("]")
    try:
        return f"[{IPv6Address(address)}]{rest}"
    except ValueError as error:
        raise ValueError("is no IPv6 address in brackets") from error


Host = Annotated[
    str,
    StringConstraints(pattern=r"^(\*\.)?[a-z0-9.\-]{1,253}(:[0-9]{1,5})?$|^\[[0-9a-f:.]+\](:[0-9]{1,5})?$"),
    AfterValidator(_normalize_host),
]
"""A host name, `*.` and a domain, or an IPv6 address in brackets; with a port unless it is 443."""


class WebPushSettings(VendorSettings):
    """`[apps.<app>.webpush]`"""

    required: ClassVar[frozenset[str]] = frozenset(["vapid_key"])

    vapid_key: ContentOf = None
    vapid_key_file: Path | None = Field(
        default=None,
        description="PEM file of the P-256 key whose public half browsers subscribe with; "
        "required, or its content",
    )
    subject: str = Field(
        pattern=r"^(mailto:[^\s@]+@[^\s@]+|https://[^\s]+)$",
        description="a mailto: or https: address at which push services reach whoever sends",
    )
    hosts: Annotated[tuple[Host, ...], Reaches()] = Field(
        default=(
            "fcm.googleapis.com",
            "updates.push.services.mozilla.com",
            "web.push.apple.com",
            "*.notify.windows.com",
        ),
        min_length=1,
        description=(
            "push services that are sent to, `*.` for all names below; "
            "endpoints come from clients, so no others are"
        ),
    )
