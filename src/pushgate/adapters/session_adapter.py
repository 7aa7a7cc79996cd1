"""The common part of adapters with one session: opening, checking the credentials, closing."""

from datetime import timedelta

from pushgate.adapters.receipts import ReceiptParser
from pushgate.adapters.session import Session
from pushgate.adapters.token_endpoint import TokenEndpoint
from pushgate.adapters.vendor_settings import VendorSettings, proxy_of
from pushgate.http2.client import Client
from pushgate.http2.connect import ClientCertificate
from pushgate.http2.timeouts import Timeouts

REQUEST_TIMEOUT = 10.0
"""Seconds within which a vendor must respond."""
RENEW_BEFORE = timedelta(minutes=5)
"""How long before its expiry a credential is renewed, unless the vendor asks for another time."""


def open_client(
    settings: VendorSettings,
    endpoint: str,
    *,
    http1: bool = True,
    certificate: ClientCertificate | None = None,
) -> Client:
    """Return a client of the vendor's server at `endpoint`, with the section's settings.

    With `http1` the vendor may be spoken to by HTTP/1.1. Raises ConfigurationError when CAs or
    certificate cannot be read.
    """
    return Client(
        endpoint,
        ca=settings.ca,
        client_certificate=certificate,
        proxy=proxy_of(settings),
        max_connections=settings.max_connections,
        timeouts=Timeouts(response=REQUEST_TIMEOUT),
        allow_http1=http1,
    )


class SessionAdapter:
    """The base of adapters whose requests all go through one session.

    A subclass adds `prepare`, and `recall` or `warnings` where the vendor has them.
    """

    supports_dry_run = False
    check_proves_credentials = False
    """Whether `check` proves that the vendor accepts the credential. False where Pushgate signs the
    credential without the vendor."""

    def __init__(
        self,
        session: Session,
        *,
        receipt_parser: ReceiptParser | None = None,
        token_endpoint: TokenEndpoint | None = None,
    ) -> None:
        self.receipt_parser = receipt_parser
        self._session = session
        self._token_endpoint = token_endpoint

    async def check(self) -> bool:
        """Fetch or make a credential. Raises VendorError."""
        await self._session.check()
        return self.check_proves_credentials

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()
        if self._token_endpoint:
            await self._token_endpoint.close()
