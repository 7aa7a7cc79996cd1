"""One of OPPO's two hosts: its session, and what sends a rendered notification there."""

from functools import partial
from urllib.parse import quote, urlencode

from pushgate.adapters.contract import PreparedPush
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.oppo.access_token import RENEW_BEFORE, fetch_access_token
from pushgate.adapters.oppo.payload import (
    Notification,
    encode_content,
    encode_tokens,
    has_big_picture,
    refusal_scopes,
)
from pushgate.adapters.oppo.responses import parse_broadcast, parse_saved, refuses
from pushgate.adapters.oppo.settings import OppoSettings
from pushgate.adapters.oppo.unicast_sender import MAX_TOKENS, UnicastSender
from pushgate.adapters.session import RequestTemplate, Session, templates_by_priority
from pushgate.adapters.session_adapter import open_client
from pushgate.adapters.token_endpoint import TokenEndpoint
from pushgate.adapters.two_step import SaveRequest, TwoStepSender
from pushgate.adapters.vendor import AdapterContext
from pushgate.adapters.vendor_settings import fingerprint, text_of
from pushgate.domain.message import Priority
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.burst_template import BurstTemplate

_HEADERS = ((b"content-type", b"application/x-www-form-urlencoded; charset=UTF-8"),)


class OppoHost:
    """Sends notifications to the terminals of one host."""

    def __init__(self, settings: OppoSettings, endpoint: str, context: AdapterContext, name: str) -> None:
        """`name` tells the two hosts and their access tokens apart."""
        self.name = name
        self._token_endpoint = TokenEndpoint(settings, context.clock)
        fetch = partial(
            fetch_access_token, settings, endpoint, token_endpoint=self._token_endpoint, clock=context.clock
        )
        secret = fingerprint(text_of(settings.master_secret))
        shared_name = f"oppo-{name}:{settings.app_key}:{secret}"
        credentials = context.shared_credentials(shared_name, fetch, RENEW_BEFORE)
        self._session = Session(open_client(settings, endpoint), context.clock, credentials, refuses)
        path = self._session.base_path + b"/server/v1/message/notification/"
        self._unicast, self._save, self._broadcast = (
            templates_by_priority(partial(_template, path + call))
            for call in (b"unicast_batch", b"save_message_content", b"broadcast")
        )

    def prepare(self, notification: Notification, priority: Priority) -> PreparedPush:
        """Return what sends this notification."""
        host = {RefusalScope.HOST: self.name}
        if has_big_picture(notification):
            save = SaveRequest(self._save[priority], encode_content(notification), parse_saved)
            scopes = {**refusal_scopes(notification, "broadcast"), **host}
            return TwoStepSender(self._session, save, partial(self._saved_sender, priority), scopes)
        scopes = {**refusal_scopes(notification, "unicast_batch"), **host}
        return UnicastSender(self._session, self._unicast[priority], notification, scopes)

    async def check(self) -> None:
        """Log in. Raises VendorError."""
        await self._session.check()

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()
        await self._token_endpoint.close()

    def _saved_sender(self, priority: Priority, message_id: str, _count: int) -> BatchSender:
        """Return what sends saved content."""
        fields = urlencode({"message_id": message_id, "target_type": 2}).encode() + b"&target_value="
        return BatchSender(
            self._session,
            self._broadcast[priority],
            max_tokens=MAX_TOKENS,
            encode=lambda tokens: fields + encode_tokens(tokens),
            parse=parse_broadcast,
        )


def _template(path: bytes, high_priority: bool) -> RequestTemplate:
    """The request of a call; its item is the form after the access token."""

    def make(access_token: str) -> BurstTemplate:
        return BurstTemplate(
            path=path,
            headers=_HEADERS,
            body_prefix=b"auth_token=" + quote(access_token, safe="").encode() + b"&",
            full_response=True,
            high_priority=high_priority,
        )

    return RequestTemplate(make)
