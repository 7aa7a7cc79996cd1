"""Huawei Push Kit for HarmonyOS 5 and later, v3 (docs/reference/vendors/harmony.md): up to 1,000
tokens a request, signed without a token endpoint.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import orjson
from pydantic import Field

from pushgate.adapters.client_data import CALLBACK_KEY, client_data
from pushgate.adapters.collapse import notification_id
from pushgate.adapters.contract import Push
from pushgate.adapters.expiry import seconds_to_live
from pushgate.adapters.harmony.options import CATEGORIES, OF_NOTIFICATIONS, FormUpdate, HarmonyExtras
from pushgate.adapters.harmony.responses import CODES, EVENTS, RECEIPTS, parse, refuses
from pushgate.adapters.many_tokens import BatchSender
from pushgate.adapters.push_checks import require_no_options
from pushgate.adapters.push_kit_classes import CLASSES, MARKETING, ApprovedClasses
from pushgate.adapters.push_kit_options import badge_change, collapse_group
from pushgate.adapters.push_kit_recall import RecallRequest, recall_sender
from pushgate.adapters.push_kit_service_account import ServiceAccount
from pushgate.adapters.push_kit_signature import ReceiptKeySettings
from pushgate.adapters.push_warnings import missing_class_warnings
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.adapters.session_adapter import RENEW_BEFORE, SessionAdapter, open_client
from pushgate.adapters.status_receipts import StatusReceiptParser
from pushgate.adapters.text_limits import require_https_image, require_length, require_size
from pushgate.adapters.vendor import AdapterContext, Feature, Limits, Vendor, opener
from pushgate.adapters.vendor_json import quoted_list, without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.adapters.vendor_settings import EndpointUrl, VendorSettings
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Priority
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.burst_template import BurstTemplate

MAX_BODY = 4096  # docs/reference/vendors/harmony.md#limits, without the tokens
MAX_TOKENS = 1000  # docs/reference/vendors/harmony.md#limits
MAX_TEST_TOKENS = 10  # docs/reference/vendors/harmony.md#limits
LONGEST = timedelta(days=15)  # docs/reference/vendors/harmony.md#expiry
VOIP_TTL = 30, 60  # docs/reference/vendors/harmony.md#limits: seconds, from and to
_KINDS = {  # docs/reference/vendors/harmony.md#requests: push-type
    "alert": b"0", "form": b"1", "voice": b"2", "background": b"6", "live_view": b"7", "voip": b"10",
}  # fmt: skip
_COLLAPSING = frozenset(["alert", "voice"])  # docs/reference/vendors/harmony.md#options
_SHOWN = frozenset(["alert", "voice"])  # docs/reference/vendors/harmony.md#recall: what can be taken back
_AT_ONCE = {"form": 1}  # docs/reference/vendors/harmony.md#limits: tokens a request


class HarmonySettings(VendorSettings, ReceiptKeySettings, ApprovedClasses):
    """`[apps.<app>.harmony]`"""

    endpoint: EndpointUrl = "https://push-api.cloud.huawei.com"
    service_account_file: Path = Field(
        description="JSON key file of the service account: project_id, key_id, private_key, sub_account"
    )
    client_id: str | None = Field(
        default=None,
        pattern=r"^[0-9A-Za-z]{1,64}$",
        description="the app's client id; needed to take pushes back, which goes by it and not by the project",
    )
    category: str = Field(
        default="MARKETING",
        pattern=r"^[A-Z_]{1,64}$",
        description="class of notifications that name none; any other must have been approved by Huawei",
    )


def render(push: Push, settings: HarmonySettings, now: datetime) -> tuple[bytes, bytes, bytes]:
    """The push type, and the body before and after the list of tokens
    (docs/reference/vendors/harmony.md#requests). Raises PayloadRejected.
    """
    more = _options(push, settings)
    require_length(push.message_id, 64, "id")
    kind = _kind(push, more)
    left = max(1, seconds_to_live(push, now, LONGEST))
    if kind == "voip":
        left = min(max(left, VOIP_TTL[0]), VOIP_TTL[1])
    options = without_none(
        {
            "ttl": left,
            "biTag": push.message_id,
            "receiptId": more.receipt_id,
            "collapseKey": collapse_group(push.options.collapse_key) if kind in _COLLAPSING else None,
            "backgroundMode": more.background_mode,
            "testMessage": more.test_message,
        }
    )
    whole = {
        "payload": _payload(push, more, kind, settings.category),
        "pushOptions": options,
        "target": {"token": []},
    }
    body = require_size(orjson.dumps(whole), MAX_BODY, "the message without its tokens")
    return _KINDS[kind], body[: -len(b"]}}")], b"]}}"


def _options(push: Push, settings: HarmonySettings) -> HarmonyExtras:
    """The message's options for HarmonyOS. Raises PayloadRejected for those that this kind of push does not take."""
    more = parse_options(push, "harmony", HarmonyExtras, settings.classes())
    settings.require_known(more.category, CATEGORIES | {settings.category}, "harmony")
    kind = _kind(push, more)
    told = f"a {kind} push"
    if kind not in _SHOWN:
        require_no_options(push, "harmony", [*OF_NOTIFICATIONS, "category"], told)
    if kind != "background":
        require_no_options(push, "harmony", ["proxy_data"], told)
    if more.category == "PLAY_VOICE" and kind == "alert":
        raise PayloadRejected(
            "bad_option", "options.harmony.category", "PLAY_VOICE goes with push_type voice"
        )
    if kind == "voice" and push.options.vendors["harmony"].get("category") not in (None, "PLAY_VOICE"):
        raise PayloadRejected(
            "bad_option", "options.harmony.category", "is PLAY_VOICE where push_type is voice"
        )
    return more


def _kind(push: Push, more: HarmonyExtras) -> str:
    """Raises PayloadRejected where the options contradict each other."""
    if push.options.silent and more.push_type not in ("alert", "background"):
        raise PayloadRejected(
            "bad_option", "options.harmony.push_type", f"{more.push_type} is not for silent pushes"
        )
    return "background" if push.options.silent else more.push_type


def _payload(push: Push, more: HarmonyExtras, kind: str, category: str) -> dict[str, object]:
    data = client_data(push)
    match kind:
        case "background":
            return {
                "extraData": orjson.dumps(data).decode(),
                **({"proxyData": "ENABLE"} if more.proxy_data else {}),
            }
        case "voice":
            notification = _notification(push, more, "PLAY_VOICE")
            return {"notification": notification, "extraData": orjson.dumps(data).decode()}
        case "voip":
            return {"extraData": _call(more, data)}
        case "live_view":
            assert more.live_view is not None
            content = push.content
            return more.live_view.as_sent(content.title, content.body, content.url, data)
        case "form":
            assert more.form is not None
            return _form(push, more.form)
    return {"notification": _notification(push, more, more.category or category)}


def _call(more: HarmonyExtras, data: Mapping[str, str]) -> str:
    """What the app is woken with (docs/reference/vendors/harmony.md#options)."""
    assert more.voip is not None
    if "scene" in data:
        raise PayloadRejected("reserved_key", "content.data.scene", "is Huawei's own key in a VoIP push")
    return orjson.dumps({"scene": more.voip.scene, **data}).decode()


def _form(push: Push, form: FormUpdate) -> dict[str, object]:
    images = [
        without_none({"keyName": image.key_name, "url": image.url, "require": image.require})
        for image in form.images or ()
    ]
    return without_none(
        {
            "formId": form.form_id,
            "version": form.version,
            "moduleName": form.module_name,
            "formName": form.form_name,
            "abilityName": form.ability_name,
            "formData": {**form.form_data, CALLBACK_KEY: push.callback},
            "images": images or None,
        }
    )


def _notification(push: Push, more: HarmonyExtras, category: str) -> dict[str, object]:
    content = push.content
    require_https_image(content.image)
    add, set_to = badge_change(push, more.badge_add, more.badge_set)
    count = without_none({"addNum": add, "setNum": set_to})
    return without_none(
        {
            "category": category,
            "title": content.title,
            "body": content.body,
            "image": content.image,
            "style": more.style,
            "bigTitle": more.big_title,
            "bigBody": more.big_body,
            "inboxContent": more.inbox_content,
            "clickAction": _click(push, more),
            "notifyId": _notify_id(push, more),
            # Taken once within a day, should it be sent twice.
            "appMessageId": push.message_id,
            "profileId": more.profile_id,
            "badge": count or None,
            "sound": more.sound,
            "soundDuration": more.sound_duration,
            "foregroundShow": more.foreground_show,
        }
    )


def _click(push: Push, more: HarmonyExtras) -> dict[str, object]:
    page = without_none(
        {"action": more.action, "uri": more.uri or (None if more.action else push.content.url)}
    )
    return {"actionType": 1 if page else 0, **page, "data": client_data(push)}


def _notify_id(push: Push, more: HarmonyExtras) -> int:
    return notification_id(push) if more.notify_id is None else more.notify_id


def _class(push: Push, more: HarmonyExtras, category: str) -> str:
    """What the app needs a permission for, or has a quota of: push type, category or event, test messages."""
    live = more.live_view
    named = [_kind(push, more), live.event if live else more.category or category]
    return " ".join([*named, *(["test"] if more.test_message else [])])


class Harmony(SessionAdapter):
    """Sends one app's pushes through Huawei's v3."""

    def __init__(self, settings: HarmonySettings, context: AdapterContext) -> None:
        self._settings = settings
        account = ServiceAccount.read(settings.service_account_file)
        bearer = context.own_bearer("harmony", partial(account.sign, context.clock), RENEW_BEFORE)
        session = Session(open_client(settings, settings.endpoint), context.clock, bearer, refuses)
        super().__init__(session, receipt_parser=StatusReceiptParser(EVENTS, settings.signature()))
        self._path = session.base_path + f"/v3/{account.project_id}/messages:send".encode()

    def prepare(self, push: Push, now: datetime) -> BatchSender:
        """Check and render. Raises PayloadRejected."""
        urgent = push.options.priority is Priority.HIGH
        kind, before, after = render(push, self._settings, now)

        headers = ((b"content-type", b"application/json"), (b"push-type", kind))
        template = BurstTemplate(
            path=self._path,
            headers=headers,
            body_prefix=before,
            body_suffix=after,
            full_response=True,
            urgent=urgent,
        )
        more = _options(push, self._settings)
        most = _AT_ONCE.get(_kind(push, more), MAX_TEST_TOKENS if more.test_message else MAX_TOKENS)
        return BatchSender(
            self._session,
            RequestTemplate.with_bearer(template),
            max_tokens=most,
            encode=quoted_list,
            parse=parse,
            scopes={RefusalScope.CLASS: _class(push, more, self._settings.category)},
        )

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """That the push is marketing to Huawei, where nothing says what class it is of."""
        more = _options(push, self._settings)
        if self._settings.category != MARKETING or _kind(push, more) != "alert":
            return ()
        return missing_class_warnings(push, "harmony", CLASSES)

    def recall(self, push: Push) -> BatchSender:
        """Take it back. Raises PayloadRejected where the section has no client id, and for pushes that show nothing."""
        more = parse_options(push, "harmony", HarmonyExtras)
        if not self._settings.client_id:
            raise PayloadRejected(
                "no_client_id", "client_id", "is needed in the vendor's section to take pushes back"
            )
        kind = _kind(push, more)
        if kind not in _SHOWN:
            field = "options.silent" if push.options.silent else "options.harmony.push_type"
            raise PayloadRejected("nothing_shown", field, f"a {kind} push shows nothing to take back")
        request = RecallRequest(
            client_id=self._settings.client_id,
            notification_id=_notify_id(push, more),
            push_type=_KINDS[kind],
        )
        return recall_sender(self._session, request, parse)


VENDOR = Vendor(
    name="harmony",
    settings=HarmonySettings,
    options=HarmonyExtras,
    # Opaque printable text without quotes and commas; the length is not documented.
    token_pattern=re.compile(r"[!#-+\--\[\]-~]{4,1024}"),
    max_batch=MAX_TOKENS,
    codes=CODES,
    # Grows with the app's users (docs/reference/vendors/harmony.md#quotas). The least is taken to
    # be that of HMS.
    quota=PushRate(6_000),
    features=frozenset([Feature.IMAGE, Feature.BADGE, Feature.SILENT, Feature.COLLAPSE, Feature.RECALL]),
    limits=Limits(max_ttl=LONGEST, max_bytes=MAX_BODY),
    open=opener(HarmonySettings, Harmony),
    receipts=RECEIPTS,
    message_classes=CLASSES,
)
