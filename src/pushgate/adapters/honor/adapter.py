"""Honor Push: up to 1,000 tokens a request. Opens the session; the other modules render and parse.

Source: docs/reference/vendors/honor.md
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from pushgate.adapters.collapse import notification_id
from pushgate.adapters.contract import Push
from pushgate.adapters.honor.options import CLASSES, SERVICE_CATEGORIES, HonorOptions
from pushgate.adapters.honor.payload import MAX_MESSAGE_ID, MAX_TTL, SERVICE, options_of, render
from pushgate.adapters.honor.receipts import RECEIPTS
from pushgate.adapters.honor.responses import CODES, parse, refuses
from pushgate.adapters.honor.settings import MAX_BODY, MAX_TOKENS, HonorSettings
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.message_classes import class_option
from pushgate.adapters.push_warnings import missing_class_warnings
from pushgate.adapters.quick_check import NAMED_CATEGORIES, QuickLimits
from pushgate.adapters.receipts import ReportedEvent
from pushgate.adapters.removal import silent_removal
from pushgate.adapters.session import Session, bearer_templates
from pushgate.adapters.session_adapter import RENEW_BEFORE, SessionAdapter, open_client
from pushgate.adapters.status_receipts import StatusReceiptParser
from pushgate.adapters.token_endpoint import TokenEndpoint
from pushgate.adapters.vendor import OPAQUE_TOKEN, AdapterContext, Feature, Limits, Vendor, classifier, opener
from pushgate.adapters.vendor_json import token_list_encoder
from pushgate.adapters.vendor_settings import fingerprint, text_of
from pushgate.domain.app import PushRate
from pushgate.domain.clock import to_ms
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Options
from pushgate.domain.outcome import RefusalScope
from pushgate.domain.push_class import PushClass
from pushgate.http2.burst_template import BurstTemplate, RequestItem
from pushgate.http2.credentials import CredentialCache


class Honor(SessionAdapter):
    """Sends one app's pushes through Honor."""

    check_proves_credentials = True

    def __init__(self, settings: HonorSettings, context: AdapterContext) -> None:
        self._settings = settings
        token_endpoint = TokenEndpoint(settings, context.clock)
        credential = _credential(settings, token_endpoint, context)
        session = Session(open_client(settings, settings.endpoint), context.clock, credential, refuses)
        delivered = dict.fromkeys(map(str, settings.delivered_statuses), ReportedEvent.DELIVERED)
        receipt_parser = StatusReceiptParser(delivered, None)
        super().__init__(session, receipt_parser=receipt_parser, token_endpoint=token_endpoint)
        self.quick_check = QuickLimits(
            vendor="honor",
            max_id=MAX_MESSAGE_ID,
            max_bytes=settings.max_body,
            nests_data=True,
            needs_https_image=True,
            unwarned_categories=NAMED_CATEGORIES,
            pictured_categories=SERVICE_CATEGORIES,
        )
        template = BurstTemplate(
            path=session.base_path + f"/api/v1/{settings.app_id}/sendMessage".encode(),
            headers=((b"content-type", b"application/json; charset=UTF-8"),),
            request_items=True,
            full_response=True,
        )
        self._templates = bearer_templates(template)

    def prepare(self, push: Push, now: datetime) -> BatchSender:
        """Render the push. Raises PayloadRejected."""
        before, after = render(push, self._settings, now)
        body_of = token_list_encoder(before, after)
        headers = ((b"timestamp", b"%d" % to_ms(now)),)
        return BatchSender(
            self._session,
            self._templates[push.options.priority],
            max_tokens=self._settings.max_tokens,
            encode=lambda tokens: RequestItem(b"", body_of(tokens), headers),
            parse=parse,
            scopes={RefusalScope.CLASS: options_of(push).importance or ""},
        )

    def removal(self, push: Push) -> Push:
        """Return the silent push on which the client app removes the notification of `push`: its
        number.
        """
        return silent_removal(push, str(notification_id(push)))

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """Warn of a notification that names no class, and of a picture that is not shown."""
        if push.options.silent:
            return ()
        warnings = missing_class_warnings(push, "honor", CLASSES)
        if push.content.image and options_of(push).importance != SERVICE:
            warning = "is not shown: only service messages have pictures; name the category of one"
            warnings.append(FieldError("content.image", warning))
        return warnings


def _credential(
    settings: HonorSettings, token_endpoint: TokenEndpoint, context: AdapterContext
) -> CredentialCache:
    """Return an access token that all processes share."""
    secret = text_of(settings.client_secret)
    fetch = partial(token_endpoint.client_credentials, settings.token_endpoint, settings.client_id, secret)
    name = f"honor:{settings.client_id}:{fingerprint(secret)}"
    return context.shared_credentials(name, fetch, RENEW_BEFORE)


def _push_class(options: Options, settings: HonorSettings) -> PushClass:
    is_service = class_option(options, "honor", CLASSES, "importance") == SERVICE
    return PushClass.SERVICE if is_service else PushClass.MARKETING


VENDOR = Vendor(
    name="honor",
    settings=HonorSettings,
    options=HonorOptions,
    token_pattern=OPAQUE_TOKEN,
    max_batch=MAX_TOKENS,
    codes=CODES,
    # Named by another push provider only: docs/reference/vendors/honor.md#quotas
    quota=PushRate(3_000),
    features=frozenset([Feature.IMAGE, Feature.BADGE, Feature.SILENT, Feature.COLLAPSE]),
    limits=Limits(max_ttl=MAX_TTL, max_bytes=MAX_BODY),
    open=opener(HonorSettings, Honor),
    receipts=RECEIPTS,
    message_classes=CLASSES,
    push_class=classifier(HonorSettings, _push_class),
)
