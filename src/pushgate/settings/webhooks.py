"""The section of webhooks: what their receivers may be, and how long they are waited for."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from pushgate.settings.section import Section

_MAX_TIMEOUT = timedelta(minutes=1)


class WebhookSettings(Section):
    """Delivering events to receivers."""

    allow_private: bool = Field(
        default=False,
        description=(
            "receivers may be at private addresses, loopback and carrier-grade NAT included; "
            "whoever may create webhooks can then reach this network"
        ),
    )
    allow_loopback: bool | None = Field(
        default=None,
        description=(
            "receivers may be at loopback addresses, by http:// too. Unset = false, and true in `pushgate up`"
        ),
    )
    allow_http: bool = Field(default=False, description="receivers may be at http:// addresses")
    ca_file: Path | None = Field(
        default=None,
        description="PEM file of the CAs that receivers' certificates are checked by; unset = the system's",
    )
    timeout: timedelta = Field(
        default=timedelta(seconds=15),
        gt=timedelta(0),
        le=_MAX_TIMEOUT,
        description="how long an attempt may take, from the look-up of the name to the response",
    )
    give_up_after: timedelta = Field(
        default=timedelta(days=3),
        ge=timedelta(minutes=1),
        le=timedelta(days=30),
        description="a webhook whose delivery fails for this long is paused",
    )
