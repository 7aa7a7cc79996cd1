"""Renders pushes as APNs' headers and payload, which all tokens share. Pure.

Source: docs/reference/vendors/apns.md#requests
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import orjson

from pushgate.adapters.apns.options import DISPLAY_OPTIONS, ApnsOptions, LiveActivity
from pushgate.adapters.client_data import client_data
from pushgate.adapters.collapse import apns_collapse_id, collapse_name
from pushgate.adapters.contract import Push
from pushgate.adapters.push_checks import require_no_options
from pushgate.adapters.removal import silent_removal
from pushgate.adapters.text_limits import require_size
from pushgate.adapters.vendor_json import without_none
from pushgate.adapters.vendor_options import parse_options
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Priority
from pushgate.domain.outcome import FailureCode
from pushgate.http2.burst_template import Fields

MAX_PAYLOAD, MAX_VOIP_PAYLOAD = 4096, 5120  # docs/reference/vendors/apns.md#limits
RESERVED_KEYS = frozenset(["aps"])
MAX_TTL = timedelta(days=30)  # docs/reference/vendors/apns.md#expiry
TOPIC_SUFFIXES = {
    "alert": "",
    "background": "",
    "voip": ".voip",
    "complication": ".complication",
    "fileprovider": ".pushkit.fileprovider",
    "location": ".location-query",
    "liveactivity": ".push-type.liveactivity",
    "pushtotalk": ".voip-ptt",
    "widgets": ".push-type.widgets",
    "controls": ".push-type.controls",
}
"""What a push type adds to the topic."""
_PUSH_TYPES_WITHOUT_CERTIFICATE = frozenset(["location", "liveactivity"])
_PUSH_TYPES_NEVER_STORED = frozenset(["pushtotalk"])


@dataclass(frozen=True, slots=True)
class Rendered:
    """What all tokens share, without the authorization header."""

    topic: str
    headers: Fields
    """The same for all pushes of one topic, push type and priority."""
    own_headers: Fields
    body: bytes


def render(push: Push, topic: str, *, with_key: bool = True) -> Rendered:
    """Return headers and payload for the app with this bundle id. Raises PayloadRejected.

    `with_key` says that the app has a .p8 key, not a certificate.
    """
    options = parse_options(push, "apns", ApnsOptions)
    if push.options.silent and "push_type" not in options.model_fields_set:
        options = options.model_copy(update={"push_type": "background"})
    _require_effect(push, options)
    _require_consistency(push, options, with_key=with_key)
    payload: dict[str, object] = {**client_data(push), "aps": _aps(push, options)}
    if push.content.image:
        # APNs has no image: the app's service extension loads it.
        payload.setdefault("image", push.content.image)
    maximum = MAX_VOIP_PAYLOAD if options.push_type == "voip" else MAX_PAYLOAD
    body = require_size(orjson.dumps(payload), maximum, "the payload")
    whole_topic = topic + TOPIC_SUFFIXES[options.push_type]
    headers = _headers(whole_topic, options.push_type, _priority(push, options))
    return Rendered(whole_topic, headers, _own_headers(push, options), body)


def removal(push: Push) -> Push:
    """Return the background push on which the client app removes the notification of `push`.

    Raises PayloadRejected where the push is no alert.
    """
    options = parse_options(push, "apns", ApnsOptions)
    if options.push_type != "alert":
        reason = f"a push of type {options.push_type} has no notification to remove"
        raise PayloadRejected(FailureCode.NOTHING_SHOWN, "options.apns.push_type", reason)
    return silent_removal(push, apns_collapse_id(collapse_name(push)))


def shows_something(options: ApnsOptions) -> bool:
    """Whether the push shows something or makes a sound.

    A Live Activity's update does only with a sound.
    """
    live = options.live_activity
    if options.push_type == "liveactivity":
        return bool(live and (live.event == "start" or options.sound or options.critical_sound))
    return options.push_type in ("alert", "voip", "pushtotalk")


def _require_effect(push: Push, options: ApnsOptions) -> None:
    """Refuse a silent push that shows something, and options without an effect in this push."""
    push_type, live = options.push_type, options.live_activity
    shows = shows_something(options)
    if push.options.silent and shows:
        event = f" with a {live.event}" if live else ""
        reason = f"is not possible: APNs shows a push of type {push_type}{event}"
        raise PayloadRejected(FailureCode.BAD_OPTION, "options.silent", reason)
    if not shows:
        kind = "a Live Activity's update without a sound" if live else f"a push of type {push_type}"
        carried = {"background": {"content_available"}, "liveactivity": {"relevance_score"}}
        names = DISPLAY_OPTIONS - carried.get(push_type, set())
        require_no_options(push, "apns", sorted(names), kind)


def _require_consistency(push: Push, options: ApnsOptions, *, with_key: bool) -> None:
    """Refuse options that contradict the push type, the credential or the data."""
    push_type = options.push_type
    if push_type in _PUSH_TYPES_WITHOUT_CERTIFICATE and not with_key:
        reason = f"{push_type} needs a .p8 key, not a certificate"
        raise PayloadRejected(FailureCode.BAD_OPTION, "options.apns.push_type", reason)
    if (push_type == "liveactivity") != (options.live_activity is not None):
        reason = "is required by push_type liveactivity, and goes with no other"
        raise PayloadRejected(FailureCode.BAD_OPTION, "options.apns.live_activity", reason)
    score = options.relevance_score
    if score is not None and score > 1 and push_type != "liveactivity":
        raise PayloadRejected(FailureCode.BAD_OPTION, "options.apns.relevance_score", "must be 0 to 1")
    for key in RESERVED_KEYS & push.content.data.keys():
        reason = "is the vendor's own key; take another one"
        raise PayloadRejected(FailureCode.RESERVED_KEY, f"content.data.{key}", reason)


@lru_cache
def _headers(topic: str, push_type: str, priority: str) -> Fields:
    return (
        (b"apns-topic", topic.encode()),
        (b"apns-push-type", push_type.encode()),
        (b"apns-priority", priority.encode()),
    )


def _priority(push: Push, options: ApnsOptions) -> str:
    is_low = options.push_type == "background" or push.options.priority is Priority.LOW
    return "5" if is_low else "10"


def _own_headers(push: Push, options: ApnsOptions) -> Fields:
    never_stored = not push.options.ttl or options.push_type in _PUSH_TYPES_NEVER_STORED
    expiration = (b"apns-expiration", b"0" if never_stored else b"%d" % _expiration(push))
    collapse_id = _collapse_id(push, options)
    return (expiration, (b"apns-collapse-id", collapse_id.encode())) if collapse_id else (expiration,)


def _collapse_id(push: Push, options: ApnsOptions) -> str | None:
    """Return the id under which the push replaces another on the device.

    Without a collapse key, only a push that adds something to the screen has one, and the push that
    removes it.
    """
    live = options.live_activity
    adds_to_screen = options.push_type == "alert" or (live and live.event == "start")
    if push.options.collapse_key or adds_to_screen or push.removes:
        return apns_collapse_id(collapse_name(push))
    return None


def _expiration(push: Push) -> int:
    return int(min(push.expires_at, push.due_at + MAX_TTL).timestamp())


def _aps(push: Push, options: ApnsOptions) -> dict[str, object]:
    match options.push_type:
        case "background":
            return {"content-available": 1}
        case "alert" | "voip" | "pushtotalk":
            return _notification(push, options)
        case "liveactivity":
            assert options.live_activity is not None
            # An update that shows an alert would light up the screen each time.
            shown = (
                _notification(push, options)
                if shows_something(options)
                else without_none({"relevance-score": options.relevance_score})
            )
            return {**shown, **_activity(options.live_activity, push.due_at)}
    return {}  # the app acts on the data


def _activity(live: LiveActivity, due_at: datetime) -> dict[str, object]:
    return without_none(
        {
            # When the state was so: a push that is sent later must not overtake a newer one.
            "timestamp": int(due_at.timestamp()),
            "event": live.event,
            "content-state": live.content_state,
            "stale-date": live.stale_date,
            "dismissal-date": live.dismissal_date,
            "attributes-type": live.attributes_type,
            "attributes": live.attributes,
            "input-push-token": live.input_push_token,
            "input-push-channel": live.input_push_channel,
        }
    )


def _notification(push: Push, options: ApnsOptions) -> dict[str, object]:
    content = push.content
    alert = {
        "title": content.title,
        "subtitle": options.subtitle,
        "body": content.body,
        "launch-image": options.launch_image,
        "title-loc-key": options.title_loc_key,
        "title-loc-args": options.title_loc_args,
        "subtitle-loc-key": options.subtitle_loc_key,
        "subtitle-loc-args": options.subtitle_loc_args,
        "loc-key": options.loc_key,
        "loc-args": options.loc_args,
    }
    aps: dict[str, object] = {
        "alert": without_none(alert),
        "badge": push.options.badge if options.badge is None else options.badge,
        "sound": options.critical_sound.model_dump() if options.critical_sound else options.sound,
        "category": options.category,
        "thread-id": options.thread_id,
        "target-content-id": options.target_content_id,
        "interruption-level": options.interruption_level,
        "relevance-score": options.relevance_score,
        "filter-criteria": options.filter_criteria,
        "mutable-content": 1 if options.mutable_content or content.image else None,
        "content-available": 1 if options.content_available else None,
    }
    return without_none(aps)
