"""One of OPPO's two hosts: its session, and what sends a rendered notification there."""

from functools import partial
from urllib.parse import quote, urlencode

from pushgate.adapters.contract import Prepared
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.oppo.access_token import RENEW_BEFORE, fetch_access_token
from pushgate.adapters.oppo.payload import (
    Notification,
    encode_content,
    encode_tokens,
    has_big_picture,
    messages_encoder,
    refusal_scopes,
)
from pushgate.adapters.oppo.responses import parse, parse_broadcast, parse_saved, refuses
from pushgate.adapters.oppo.settings import OppoSettings
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.session_adapter import open_client
from pushgate.adapters.token_endpoint import TokenEndpoint
from pushgate.adapters.two_step import SaveRequest, TwoStepSender
from pushgate.adapters.vendor import AdapterContext
from pushgate.http2.burst_template import BurstTemplate

MAX_TOKENS = 1000  # docs/reference/vendors/oppo.md#limits
_HEADERS = ((b"content-type", b"application/x-www-form-urlencoded; charset=UTF-8"),)


class OppoHost:
    """Sends notifications to the terminals of one host."""

    def __init__(self, settings: OppoSettings, endpoint: str, context: AdapterContext, name: str) -> None:
        """`name` tells the access tokens of the two hosts apart."""
        self._token_endpoint = TokenEndpoint(settings, context.clock)
        fetch = partial(
            fetch_access_token, settings, endpoint, token_endpoint=self._token_endpoint, clock=context.clock
        )
        credentials = context.shared_credentials(f"{name}:{settings.app_key}", fetch, RENEW_BEFORE)
        self._session = Session(open_client(settings, endpoint), context.clock, credentials, refuses)
        self._base_path = self._session.base_path + b"/server/v1/message/notification/"

    def prepare(self, notification: Notification, *, high_priority: bool) -> Prepared:
        """Return what sends this notification."""
        if has_big_picture(notification):
            return self._broadcast(notification, high_priority=high_priority)
        return BatchSender(
            self._session,
            self._template(b"unicast_batch", b"messages=", high_priority=high_priority),
            max_tokens=MAX_TOKENS,
            encode=messages_encoder(notification),
            parse=parse,
            scopes=refusal_scopes(notification, "unicast_batch"),
        )

    async def check(self) -> None:
        """Log in. Raises VendorError."""
        await self._session.check()

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()
        await self._token_endpoint.close()

    def _broadcast(self, notification: Notification, *, high_priority: bool) -> TwoStepSender:
        def sender(message_id: str, _count: int) -> BatchSender:
            fields = urlencode({"message_id": message_id, "target_type": 2}).encode()
            template = self._template(b"broadcast", fields + b"&target_value=", high_priority=high_priority)
            return BatchSender(
                self._session,
                template,
                max_tokens=MAX_TOKENS,
                encode=encode_tokens,
                parse=parse_broadcast,
            )

        template = self._template(b"save_message_content", b"", high_priority=high_priority)
        save = SaveRequest(template, encode_content(notification), parse_saved)
        return TwoStepSender(self._session, save, sender, refusal_scopes(notification, "broadcast"))

    def _template(self, call: bytes, fields: bytes, *, high_priority: bool) -> RequestTemplate:
        """The request of a call; its item follows `fields` in the form."""
        path = self._base_path + call

        def make(access_token: str) -> BurstTemplate:
            form = b"auth_token=" + quote(access_token, safe="").encode() + b"&" + fields
            return BurstTemplate(
                path=path, headers=_HEADERS, body_prefix=form, full_response=True, high_priority=high_priority
            )

        return RequestTemplate(make)
