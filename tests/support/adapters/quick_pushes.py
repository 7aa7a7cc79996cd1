"""Generated pushes around the limits of all vendors, for the laws of the quick checks."""

from datetime import timedelta

from hypothesis import strategies as st
from tests.support.adapters.samples import CALLBACK, NOW

from pushgate.adapters.contract import Push
from pushgate.adapters.registry import vendors
from pushgate.domain.message import Category, Content, Options, Priority, TooLong

_LIMITS = (1, 16, 20, 32, 40, 49, 50, 64, 100, 127, 128, 500, 1000, 1024, 2000, 2048, 3993, 4000, 4096)
_lengths = st.builds(
    lambda limit, more: max(0, limit + more), st.sampled_from(_LIMITS), st.integers(-3, 3)
) | st.integers(0, 60)
_characters = st.sampled_from(["a", " ", '"', "\\", "/", "\n", "\x01", "\x7f", "é", "中", "…", "\U0001f600"])


def _repeated(lengths: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    return st.builds(lambda unit, length: unit * length, _characters, lengths)


_texts = st.text(max_size=60) | _repeated(_lengths)
_mostly_short_texts = (
    _texts | _repeated(st.integers(1, 52)) | st.sampled_from(["Sale", "订单 1234 已发货", "  "])
)
_keys = st.sampled_from(
    ["order", "aps", "from", "message_type", "google.x", "gcm.notification.y", "scene", "url", "image", "中"]
)
_links = st.sampled_from(
    ["https://shop.example/", "shop://sale/", "shop:", "intent:a#Intent;scheme=shop;end", "plain", ""]
)
_contents = st.builds(
    Content,
    title=_mostly_short_texts,
    body=_mostly_short_texts,
    image=st.none() | st.sampled_from(["https://cdn.example/a.png", "http://cdn.example/a.png", ""]),
    data=st.dictionaries(_keys, _mostly_short_texts, max_size=4),
    url=st.none() | st.builds(lambda link, length: link + "a" * length, _links, _lengths),
)
_OWN_OPTIONS: tuple[dict[str, object], ...] = (
    {},
    {"category": "IM"},
    {"channel_id": "ch"},
    {"importance": "LOW"},
    {"unknown": 1},
    {"private": False},
    {"push_type": "background"},
)
_options = st.builds(
    Options,
    ttl=st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=28)]),
    priority=st.sampled_from(Priority),
    collapse_key=st.none() | _repeated(st.integers(1, 64)),
    on_too_long=st.sampled_from(TooLong),
    dry_run=st.booleans(),
    silent=st.sampled_from([False, False, False, True]),
    badge=st.none() | st.sampled_from([0, 1, 99, 99_999]),
    category=st.none() | st.sampled_from(Category),
    vendors=st.just({})
    | st.dictionaries(st.sampled_from(sorted(vendors())), st.sampled_from(_OWN_OPTIONS), max_size=3),
)


@st.composite
def pushes(draw: st.DrawFn) -> Push:
    """A push that some vendors carry and others do not."""
    options = draw(_options)
    return Push(
        message_id=draw(st.sampled_from(["0" * 30, "0" * 30, "0" * 40, "0" * 41, "0" * 64, "0" * 65])),
        content=draw(_contents),
        options=options,
        expires_at=NOW + (options.ttl or timedelta(seconds=60)),
        callback=CALLBACK,
        to_topic=draw(st.booleans()),
    )
