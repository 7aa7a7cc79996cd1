"""Meizu (Flyme) Push: up to 100 push ids per request, each request signed.

Opens sessions and follows redirects.

Source: docs/reference/vendors/meizu.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from pushgate.adapters.contract import Push, Verdict
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.meizu.options import CLASSES, MeizuOptions
from pushgate.adapters.meizu.payload import (
    MAX_CONTENT,
    MAX_MESSAGE_ID,
    MAX_TITLE,
    MAX_TTL,
    form_encoder,
    is_private,
    render,
)
from pushgate.adapters.meizu.receipts import RECEIPTS, MeizuReceiptParser
from pushgate.adapters.meizu.responses import CODES, parse, redirect_target
from pushgate.adapters.meizu.settings import MAX_MESSAGE, MeizuSettings
from pushgate.adapters.message_classes import class_option
from pushgate.adapters.push_warnings import missing_class_warnings, picture_warnings
from pushgate.adapters.quick_check import ANY_CATEGORY, NAMED_CATEGORIES, NO_BADGE, NO_CATEGORY, QuickLimits
from pushgate.adapters.session import RequestTemplate, Session, templates_by_priority
from pushgate.adapters.session_adapter import SessionAdapter, open_client
from pushgate.adapters.vendor import OPAQUE_TOKEN, AdapterContext, Feature, Limits, Vendor, classifier, opener
from pushgate.adapters.vendor_settings import text_of
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Options, Priority
from pushgate.domain.outcome import RefusalScope
from pushgate.domain.push_class import PushClass
from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.results import Response

PATH = b"/garcia/api/server/push/varnished/pushByPushId"
REDIRECT_LIFE = timedelta(hours=1)
"""How long pushes go where a response has sent them."""
MAX_REDIRECT_SERVERS = 4
MAX_TOKENS = 100  # docs/reference/vendors/meizu.md#limits
_HEADERS = ((b"content-type", b"application/x-www-form-urlencoded; charset=UTF-8"),)
MAX_RECEIPT_URL = 128  # docs/reference/vendors/meizu.md#receipts


@dataclass(frozen=True, slots=True)
class _Server:
    """One of Meizu's servers, and the requests that it takes pushes by."""

    session: Session
    templates: Mapping[Priority, RequestTemplate]


class Meizu(SessionAdapter):
    """Sends one app's pushes through Meizu."""

    def __init__(self, settings: MeizuSettings, context: AdapterContext) -> None:
        self._settings = settings
        self._receipt_url = context.receipt_url
        self.quick_check = QuickLimits(
            vendor="meizu",
            max_id=MAX_MESSAGE_ID,
            max_title=MAX_TITLE,
            max_body=MAX_CONTENT,
            max_bytes=settings.max_message,
            unwarned_categories=ANY_CATEGORY if settings.private else NAMED_CATEGORIES,
            pictured_categories=ANY_CATEGORY if settings.vip else NO_CATEGORY,
            min_badge=NO_BADGE,
        )
        self._clock = context.clock
        self._server = self._open_server(settings.endpoint)
        self._redirect_servers: dict[str, _Server] = {}
        self._redirect: tuple[_Server, datetime] | None = None
        super().__init__(self._server.session, receipt_parser=MeizuReceiptParser(settings.receipt_token))

    def prepare(self, push: Push, now: datetime) -> BatchSender:
        """Render the push. Raises PayloadRejected."""
        message = render(push, self._settings, now, self._receipt_url())
        redirect = self._redirect
        server = redirect[0] if redirect and now < redirect[1] else self._server

        def parse_response(response: Response, tokens: Sequence[bytes], at: datetime) -> list[Verdict]:
            if server is self._server:
                self._follow_redirect(response)
            return parse(response, tokens, at)

        app_id, secret = self._settings.app_id, text_of(self._settings.app_secret)
        private = is_private(push, self._settings)
        return BatchSender(
            server.session,
            server.templates[push.options.priority],
            max_tokens=MAX_TOKENS,
            encode=form_encoder(app_id, message, secret),
            parse=parse_response,
            scopes={RefusalScope.CLASS: "private" if private else "public"},
        )

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """Warn of a public push that names no class, and of a picture that is not shown."""
        found = [] if self._settings.private else missing_class_warnings(push, "meizu", CLASSES)
        return found if self._settings.vip else [*found, *picture_warnings(push)]

    async def close(self) -> None:
        """Close every connection."""
        for server in (self._server, *self._redirect_servers.values()):
            await server.session.close()

    def _open_server(self, endpoint: str, path: bytes = PATH) -> _Server:
        session = Session(open_client(self._settings, endpoint), self._clock)
        return _Server(session, templates_by_priority(partial(_template, session.base_path + path)))

    def _follow_redirect(self, response: Response) -> None:
        """Send pushes for an hour where the response says, if that is a server of Meizu's own.

        A redirect by such a server is not followed.
        """
        target = redirect_target(response, self._settings.endpoint)
        if not target:
            return
        servers = self._redirect_servers
        if target not in servers and len(servers) < MAX_REDIRECT_SERVERS:
            parts = urlsplit(target)
            path = parts.path.encode() if parts.path.strip("/") else PATH
            servers[target] = self._open_server(f"https://{parts.netloc}", path)
        if target in servers:
            self._redirect = (servers[target], self._clock.now() + REDIRECT_LIFE)


def _template(path: bytes, high_priority: bool) -> RequestTemplate:
    template = BurstTemplate(path=path, headers=_HEADERS, full_response=True, high_priority=high_priority)
    return RequestTemplate.fixed(template)


def _push_class(options: Options, settings: MeizuSettings) -> PushClass:
    private = class_option(options, "meizu", CLASSES, "private")
    return PushClass.SERVICE if (settings.private if private is None else private) else PushClass.MARKETING


VENDOR = Vendor(
    name="meizu",
    settings=MeizuSettings,
    options=MeizuOptions,
    token_pattern=OPAQUE_TOKEN,
    max_batch=MAX_TOKENS,
    codes=CODES,
    quota=PushRate(200),  # quoted by an aggregator: docs/reference/vendors/meizu.md#quotas
    features=frozenset([Feature.COLLAPSE]),
    limits=Limits(max_ttl=MAX_TTL, max_title=MAX_TITLE, max_body=MAX_CONTENT, max_bytes=MAX_MESSAGE),
    open=opener(MeizuSettings, Meizu),
    receipts=RECEIPTS,
    max_receipt_url=MAX_RECEIPT_URL,
    message_classes=CLASSES,
    push_class=classifier(MeizuSettings, _push_class),
)
