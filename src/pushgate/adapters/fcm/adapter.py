"""FCM HTTP v1: one request per target. Opens the session; the other modules render, send and parse.

Source: docs/reference/vendors/fcm.md
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from msgspec import structs

from pushgate.adapters.contract import Push
from pushgate.adapters.fcm.access_token import fetch_access_token
from pushgate.adapters.fcm.filled_targets import FilledTargets
from pushgate.adapters.fcm.options import FcmOptions
from pushgate.adapters.fcm.payload import (
    MAX_MESSAGE,
    MAX_TOPIC_MESSAGE,
    MAX_TTL,
    RESERVED_KEYS,
    RESERVED_PREFIXES,
    removal,
    render,
)
from pushgate.adapters.fcm.responses import CODES, RETRY_PAUSE, parse, refuses
from pushgate.adapters.fcm.sender import TargetSender
from pushgate.adapters.fcm.service_account import read_account
from pushgate.adapters.fcm.settings import FcmSettings
from pushgate.adapters.fcm.targets import TOKEN_PATTERN, TOPIC_PATTERN, target_field, token_fault
from pushgate.adapters.filling import Filling, without_text
from pushgate.adapters.quick_check import QuickLimits
from pushgate.adapters.session import RequestTemplate, Session, bearer_templates
from pushgate.adapters.session_adapter import RENEW_BEFORE, SessionAdapter, open_client
from pushgate.adapters.single_token import SingleTokenPush, SingleTokenSender
from pushgate.adapters.token_endpoint import TokenEndpoint
from pushgate.adapters.vendor import AdapterContext, Feature, Limits, Vendor, opener
from pushgate.adapters.vendor_settings import text_of
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Priority
from pushgate.http2.burst_template import BurstTemplate

_HEADERS = ((b"content-type", b"application/json"),)


class Fcm(SessionAdapter):
    """Sends one app's pushes through FCM. FCM sends no receipts to servers."""

    supports_dry_run = True
    check_proves_credentials = True
    quick_check = QuickLimits(
        vendor="fcm",
        max_bytes=MAX_MESSAGE,
        max_topic_bytes=MAX_TOPIC_MESSAGE,
        reserved_keys=RESERVED_KEYS,
        reserved_prefixes=RESERVED_PREFIXES,
        min_badge=1,
    )

    def __init__(self, settings: FcmSettings, context: AdapterContext) -> None:
        account = read_account(text_of(settings.service_account))
        token_endpoint = TokenEndpoint(settings, context.clock)
        fetch = partial(fetch_access_token, account, token_endpoint, context.clock)
        credentials = context.shared_credentials(f"fcm:{account.private_key_id}", fetch, RENEW_BEFORE)
        client = open_client(settings, settings.endpoint, http1=False)
        session = Session(client, context.clock, credentials, refuses)
        super().__init__(session, token_endpoint=token_endpoint)
        project = settings.project_id or account.project_id
        path = session.base_path + f"/v1/projects/{project}/messages:send".encode()
        self._template = BurstTemplate(path=path, headers=_HEADERS)
        self._senders = {
            priority: SingleTokenSender(
                session=session, template=template, parse=parse, unanswered_pause=RETRY_PAUSE
            )
            for priority, template in bearer_templates(self._template).items()
        }

    def prepare(self, push: Push, now: datetime) -> TargetSender:
        """Render the push. Raises PayloadRejected."""
        message = render(push, now)
        before, after = message.before, message.after

        def template() -> RequestTemplate:
            return RequestTemplate.with_bearer(
                replace(
                    self._template,
                    body_prefix=before + b'"token":"',
                    body_suffix=b'"' + after,
                    high_priority=push.options.priority is Priority.HIGH,
                )
            )

        sender = self._senders[push.options.priority]
        to_any_target = SingleTokenPush(sender, lambda token: before + target_field(token) + after, template)
        return TargetSender(to_any_target, message.size)

    def filling(self, push: Push, now: datetime) -> Filling:
        """Return how the push is rendered with other contents. Raises PayloadRejected."""
        start, high_priority = render(without_text(push), now).before, push.options.priority is Priority.HIGH
        sender = self._senders[push.options.priority]

        def frame(before: bytes, after: bytes) -> FilledTargets:
            template = RequestTemplate.with_bearer(
                replace(
                    self._template,
                    body_prefix=start + b'"token":"',
                    body_suffix=after,
                    high_priority=high_priority,
                )
            )
            to_tokens = replace(sender, template=template)
            return FilledTargets(to_tokens, sender, start=start, before=before, after=after)

        return Filling(lambda content: render(structs.replace(push, content=content), now).after, frame)

    def removal(self, push: Push) -> Push:
        """Return the silent push on which the client app removes the notification of `push`."""
        return removal(push)

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """Warn of a badge that FCM cannot clear."""
        if push.options.badge != 0:
            return ()
        warning = "0 is left out for Android: FCM cannot clear the number at the icon"
        return [FieldError("options.badge", warning)]


VENDOR = Vendor(
    name="fcm",
    settings=FcmSettings,
    options=FcmOptions,
    token_pattern=TOKEN_PATTERN,
    token_hint=(
        "a registration token, or fid: and an installation's id; "
        "in a message's audience.tokens also /topics/news or a condition"
    ),
    token_fault=token_fault,
    topic_pattern=TOPIC_PATTERN,
    max_batch=1,
    codes=CODES,
    # 600,000 a minute, reached within one minute: docs/reference/vendors/fcm.md#quotas
    quota=PushRate(10_000, timedelta(seconds=60)),
    features=frozenset(
        [Feature.IMAGE, Feature.BADGE, Feature.SILENT, Feature.PRIORITY, Feature.COLLAPSE, Feature.DRY_RUN]
    ),
    limits=Limits(max_ttl=MAX_TTL, max_bytes=MAX_MESSAGE),
    open=opener(FcmSettings, Fcm),
)
