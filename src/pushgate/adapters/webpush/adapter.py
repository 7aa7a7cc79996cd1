"""Web Push: one encrypted request per subscription, to the push service that it names.

Sources: docs/reference/vendors/webpush.md, RFC 8030, RFC 8291, RFC 8292
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

import jwt

from pushgate.adapters.contract import Push, Verdict
from pushgate.adapters.quick_check import QuickLimits
from pushgate.adapters.receipts import ReceiptParser
from pushgate.adapters.session_adapter import open_client
from pushgate.adapters.vendor import AdapterContext, Feature, Limits, Vendor, opener
from pushgate.adapters.webpush.encryption import MAX_PLAINTEXT
from pushgate.adapters.webpush.options import WebPushOptions
from pushgate.adapters.webpush.origins import is_microsoft, is_trusted
from pushgate.adapters.webpush.payload import MAX_TTL, render
from pushgate.adapters.webpush.push_services import PushServices
from pushgate.adapters.webpush.responses import CODES, parse
from pushgate.adapters.webpush.sender import SubscriptionSender
from pushgate.adapters.webpush.settings import WebPushSettings
from pushgate.adapters.webpush.subscriptions import TOKEN_PATTERN, normalize_token, token_fault
from pushgate.adapters.webpush.vapid import public_text, read_key
from pushgate.domain.app import PushRate
from pushgate.domain.message import Priority
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.credentials import Credential
from pushgate.http2.results import Response

CREDENTIAL_LIFE = timedelta(hours=12)
"""RFC 8292 allows 24 hours: docs/reference/vendors/webpush.md#credentials"""


class WebPush:
    """Sends one app's pushes to browsers."""

    supports_dry_run = False
    quick_check = QuickLimits(vendor="webpush", max_bytes=MAX_PLAINTEXT)

    def __init__(self, settings: WebPushSettings, context: AdapterContext) -> None:
        # No push service sends receipts.
        self.receipt_parser: ReceiptParser | None = None
        self._clock = context.clock
        self._subject = settings.subject
        self._key = read_key(settings.vapid_key_file, "vapid_key_file")
        self._public_key = public_text(self._key)
        self._is_trusted = partial(is_trusted, hosts=settings.hosts)
        self._services = PushServices(partial(open_client, settings), self._sign, context.clock)

    def prepare(self, push: Push, now: datetime) -> SubscriptionSender:
        """Render the push. Raises PayloadRejected."""
        rendered = render(push, now)
        high_priority = push.options.priority is Priority.HIGH
        template = partial(
            request_template, rendered.headers, public_key=self._public_key, high_priority=high_priority
        )
        return SubscriptionSender(
            services=self._services,
            is_trusted=self._is_trusted,
            plaintext=rendered.plaintext,
            template=template,
            parse=self._parse,
        )

    async def check(self) -> bool:
        """Sign a credential. Push services offer no way to try a key without a push."""
        self._sign("https://push.example.com")
        return False

    async def close(self) -> None:
        """Close every connection."""
        await self._services.close()

    def _sign(self, origin: str) -> Credential:
        """Return the credential of the app for one push service (RFC 8292, section 2)."""
        expires_at = self._clock.now() + CREDENTIAL_LIFE
        claims = {"aud": origin, "exp": int(expires_at.timestamp()), "sub": self._subject}
        return Credential(jwt.encode(claims, self._key, "ES256"), expires_at)

    def _parse(self, origin: str, response: Response) -> Verdict:
        return parse(response, self._clock.now(), origin)


def request_template(
    headers: Mapping[str, str], origin: str, credential: str, *, public_key: str, high_priority: bool
) -> BurstTemplate:
    """Return the request to the push service at `origin` (RFC 8292, section 3)."""
    request_headers = {"authorization": f"vapid t={credential}, k={public_key}", **headers}
    if headers["ttl"] == "0" and is_microsoft(origin):
        # Without this header Microsoft answers a TTL of 0 with an error.
        request_headers["x-wns-cache-policy"] = "no-cache"
    encoded = tuple((name.encode(), value.encode()) for name, value in request_headers.items())
    return BurstTemplate(path=b"", headers=encoded, request_items=True, high_priority=high_priority)


VENDOR = Vendor(
    name="webpush",
    settings=WebPushSettings,
    options=WebPushOptions,
    token_pattern=TOKEN_PATTERN,
    normalize_token=normalize_token,
    token_fault=token_fault,
    token_hint="the subscription's JSON as the browser gives it, with an https:// endpoint and both keys",
    max_batch=1,
    codes=CODES,
    # Push services publish no quota.
    quota=PushRate(),
    features=frozenset([Feature.IMAGE, Feature.BADGE, Feature.PRIORITY, Feature.COLLAPSE]),
    limits=Limits(max_ttl=MAX_TTL, max_bytes=MAX_PLAINTEXT),
    open=opener(WebPushSettings, WebPush),
)
