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

from pushgate.adapters import recall
from pushgate.adapters.approved_classes import CLASSES, MARKETING, ApprovedClasses
from pushgate.adapters.contract import (
    AdapterContext,
    EndpointUrl,
    Feature,
    Limits,
    Push,
    ReceiptParser,
    Vendor,
    VendorSettings,
    Verdict,
)
from pushgate.adapters.harmony.options import CATEGORIES, OF_NOTIFICATIONS, FormUpdate, HarmonyExtras
from pushgate.adapters.harmony.responses import CODES, EVENTS, RECEIPTS, parse, refuses
from pushgate.adapters.option_rules import none_without_effect
from pushgate.adapters.receipts import ReceiptKey, Statuses
from pushgate.adapters.rules import (
    CALLBACK_KEY,
    badge,
    client_data,
    collapse_group,
    extras,
    fits,
    limit,
    notice_id,
    present,
    quoted,
    seconds_left,
    unclassed,
)
from pushgate.adapters.sending import BatchSender
from pushgate.adapters.service_account import ServiceAccount
from pushgate.adapters.session import RequestTemplate, Session
from pushgate.domain.app import PushRate
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Priority
from pushgate.domain.outcome import RefusalScope
from pushgate.http2.bearer import Bearer, NoStore
from pushgate.http2.client import Client
from pushgate.http2.exchange import BurstTemplate, Response, Timeouts

MAX_BODY = 4096  # docs/reference/vendors/harmony.md#limits, without the tokens
MAX_TOKENS = 1000  # docs/reference/vendors/harmony.md#limits
MAX_TEST_TOKENS = 10  # docs/reference/vendors/harmony.md#limits
LONGEST = timedelta(days=15)  # docs/reference/vendors/harmony.md#expiry
LEAD = timedelta(minutes=5)
DEADLINE = 10.0
VOIP_TTL = 30, 60  # docs/reference/vendors/harmony.md#limits: seconds, from and to
_KINDS = {  # docs/reference/vendors/harmony.md#requests: push-type
    "alert": b"0", "form": b"1", "voice": b"2", "background": b"6", "live_view": b"7", "voip": b"10",
}  # fmt: skip
_COLLAPSING = frozenset(["alert", "voice"])  # docs/reference/vendors/harmony.md#options
_SHOWN = frozenset(["alert", "voice"])  # docs/reference/vendors/harmony.md#recall: what can be taken back
_AT_ONCE = {"form": 1}  # docs/reference/vendors/harmony.md#limits: tokens a request


class HarmonySettings(VendorSettings, ReceiptKey, ApprovedClasses):
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
    limit(push.message_id, 64, "id")
    kind = _kind(push, more)
    left = max(1, seconds_left(push, now, LONGEST))
    if kind == "voip":
        left = min(max(left, VOIP_TTL[0]), VOIP_TTL[1])
    options = present(
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
    body = fits(orjson.dumps(whole), MAX_BODY, "the message without its tokens")
    return _KINDS[kind], body[: -len(b"]}}")], b"]}}"


def _options(push: Push, settings: HarmonySettings) -> HarmonyExtras:
    """The message's options for HarmonyOS. Raises PayloadRejected for those that this kind of push does not take."""
    more = extras(push, "harmony", HarmonyExtras, settings.classes())
    settings.require_known(more.category, CATEGORIES | {settings.category}, "harmony")
    kind = _kind(push, more)
    told = f"a {kind} push"
    if kind not in _SHOWN:
        none_without_effect(push, "harmony", [*OF_NOTIFICATIONS, "category"], told)
    if kind != "background":
        none_without_effect(push, "harmony", ["proxy_data"], told)
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
        present({"keyName": image.key_name, "url": image.url, "require": image.require})
        for image in form.images or ()
    ]
    return present(
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
    if content.image and not content.image.startswith("https://"):
        raise PayloadRejected("bad_image", "content.image", "must be an https address for this vendor")
    add, set_to = badge(push, more.badge_add, more.badge_set)
    count = present({"addNum": add, "setNum": set_to})
    return present(
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
    page = present({"action": more.action, "uri": more.uri or (None if more.action else push.content.url)})
    return {"actionType": 1 if page else 0, **page, "data": client_data(push)}


def _notify_id(push: Push, more: HarmonyExtras) -> int:
    return notice_id(push) if more.notify_id is None else more.notify_id


def _class(push: Push, more: HarmonyExtras, category: str) -> str:
    """What the app needs a permission for, or has a quota of: push type, category or event, test messages."""
    live = more.live_view
    named = [_kind(push, more), live.event if live else more.category or category]
    return " ".join([*named, *(["test"] if more.test_message else [])])


class Harmony:
    """Sends one app's pushes through Huawei's v3."""

    def __init__(self, settings: HarmonySettings, surroundings: AdapterContext) -> None:
        self.validates = False
        self.inbox: ReceiptParser | None = Statuses(EVENTS, settings.signature())
        self._settings = settings
        self._clock = surroundings.clock
        account = ServiceAccount.read(settings.service_account_file)
        client = Client(
            settings.endpoint,
            ca_file=settings.ca_file,
            proxy=settings.proxy,
            max_connections=settings.max_connections,
            patience=Timeouts(DEADLINE),
            http1=True,
        )
        self._path = client.base + f"/v3/{account.project_id}/messages:send".encode()
        self._base = client.base
        make = partial(account.sign, self._clock)
        self._session = Session(client, Bearer("harmony", make, LEAD, self._clock, NoStore()), refuses)

    def prepare(self, push: Push, now: datetime) -> BatchSender:
        """Check and render. Raises PayloadRejected."""
        urgent = push.options.priority is Priority.HIGH
        kind, before, after = render(push, self._settings, now)

        def template(token: str) -> BurstTemplate:
            headers = (
                (b"authorization", b"Bearer " + token.encode()),
                (b"content-type", b"application/json"),
                (b"push-type", kind),
            )
            return BurstTemplate(self._path, headers, before, after, whole=True, urgent=urgent)

        more = _options(push, self._settings)
        most = _AT_ONCE.get(_kind(push, more), MAX_TEST_TOKENS if more.test_message else MAX_TOKENS)
        scopes = {RefusalScope.CLASS: _class(push, more, self._settings.category)}
        return BatchSender(self._session, RequestTemplate(template), most, quoted, self._parse, scopes)

    def warnings(self, push: Push) -> Sequence[FieldError]:
        """That the push is marketing to Huawei, where nothing says what class it is of."""
        more = _options(push, self._settings)
        if self._settings.category != MARKETING or _kind(push, more) != "alert":
            return ()
        return unclassed(push, "harmony", CLASSES)

    def recall(self, push: Push) -> BatchSender:
        """Take it back. Raises PayloadRejected where the section has no client id, and for pushes that show nothing."""
        more = extras(push, "harmony", HarmonyExtras)
        if not self._settings.client_id:
            raise PayloadRejected(
                "no_client_id", "client_id", "is needed in the vendor's section to take pushes back"
            )
        kind = _kind(push, more)
        if kind not in _SHOWN:
            field = "options.silent" if push.options.silent else "options.harmony.push_type"
            raise PayloadRejected("nothing_shown", field, f"a {kind} push shows nothing to take back")
        address = self._base + recall.path(self._settings.client_id)
        return recall.revoke(self._session, address, _notify_id(push, more), self._parse, kind=_KINDS[kind])

    async def check(self) -> bool:
        """Sign a token; the vendor offers no way to try it without a push."""
        await self._session.check()
        return False

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    def _parse(self, answer: Response, tokens: Sequence[bytes]) -> Sequence[Verdict]:
        return parse(answer, tokens, self._clock.now())


def _open(settings: VendorSettings, surroundings: AdapterContext) -> Harmony:
    assert isinstance(settings, HarmonySettings)
    return Harmony(settings, surroundings)


VENDOR = Vendor(
    name="harmony",
    settings=HarmonySettings,
    extras=HarmonyExtras,
    # Opaque printable text without quotes and commas; the length is not documented.
    token=re.compile(r"[!#-+\--\[\]-~]{4,1024}"),
    batch=MAX_TOKENS,
    codes=CODES,
    # Grows with the app's users (docs/reference/vendors/harmony.md#quotas). The least is taken to
    # be that of HMS.
    quota=PushRate(6_000),
    features=frozenset([Feature.IMAGE, Feature.BADGE, Feature.SILENT, Feature.COLLAPSE, Feature.RECALL]),
    limits=Limits(LONGEST, size=MAX_BODY),
    open=_open,
    receipts=RECEIPTS,
    classes=CLASSES,
)
