"""Web Push: one encrypted request per subscription, to the push service that it names.

Sources: docs/reference/vendors/webpush.md, RFC 8030, RFC 8291, RFC 8292
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import jwt
from msgspec.structs import replace

from pushgate.adapters.contract import Push, Verdict
from pushgate.adapters.filling import Filling, without_text
from pushgate.adapters.quick_check import QuickLimits
from pushgate.adapters.receipts import ReceiptParser
from pushgate.adapters.session_adapter import open_client
from pushgate.adapters.vendor import AdapterContext, Feature, Limits, Vendor, opener
from pushgate.adapters.vendor_options import parse_options
from pushgate.adapters.vendor_settings import text_of
from pushgate.adapters.webpush.encryption import MAX_PLAINTEXT
from pushgate.adapters.webpush.options import WebPushOptions
from pushgate.adapters.webpush.origins import is_trusted
from pushgate.adapters.webpush.payload import HEADERS, MAX_TTL, removal, render
from pushgate.adapters.webpush.push_services import PushServices
from pushgate.adapters.webpush.responses import CODES, parse
from pushgate.adapters.webpush.sender import FilledSubscriptions, SubscriptionPush, SubscriptionSender
from pushgate.adapters.webpush.settings import WebPushSettings
from pushgate.adapters.webpush.subscriptions import TOKEN_PATTERN, normalize_token, token_fault
from pushgate.adapters.webpush.vapid import public_text, read_key
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError
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
        self._key = read_key(text_of(settings.vapid_key), "vapid_key")
        make_template = partial(_request_template, public_text(self._key))
        self._services = PushServices(
            partial(open_client, settings), self._sign, make_template, context.clock
        )
        self._senders = {
            priority: SubscriptionSender(
                services=self._services,
                is_trusted=partial(is_trusted, hosts=settings.hosts),
                parse=self._parse,
                priority=priority,
            )
            for priority in Priority
        }

    def prepare(self, push: Push, now: datetime) -> SubscriptionPush:
        """Render the push. Raises PayloadRejected."""
        return SubscriptionPush(self._senders[push.options.priority], render(push, now))

    def filling(self, push: Push, now: datetime) -> Filling:
        """Return how the push is rendered with other contents. Raises PayloadRejected."""
        sender, headers = self._senders[push.options.priority], render(without_text(push), now).headers
        return Filling(
            lambda content: render(replace(push, content=content), now).plaintext,
            lambda before, after: FilledSubscriptions(sender, headers, before, after),
        )

    def removal(self, push: Push) -> Push:
        """Return the push on which the service worker removes the notification of `push`."""
        return removal(push)

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """Warn of the wish to clear browsers on a click, where nothing else is cleared."""
        options = parse_options(push, "webpush", WebPushOptions)
        if not options.remove_on_click or push.options.clear_on_click:
            return ()
        return [FieldError("options.webpush.remove_on_click", "has no effect without options.clear_on_click")]

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


def _request_template(public_key: str, high_priority: bool, credential: str) -> BurstTemplate:
    """Return the requests to a push service (RFC 8292, section 3)."""
    authorization = f"vapid t={credential}, k={public_key}".encode()
    return BurstTemplate(
        path=b"",
        headers=((b"authorization", authorization), *HEADERS),
        request_items=True,
        high_priority=high_priority,
    )


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
