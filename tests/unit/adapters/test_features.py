"""What each concept of docs/reference/vendors/index.md#features changes in each vendor's request,
against golden files that were read against the vendors' documents.

A golden file tells, by feature, the fields that differ from those of a plain push, or why the
vendor has no such thing. `python -m tests.unit.adapters.test_features` writes them anew; read them
before you keep them.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.adapters.rendering import rendered
from tests.support.adapters.samples import flat, push

from pushgate.adapters.contract import Push
from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor import Feature
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Category, Content, Options, Priority

GOLDEN = Path(__file__).parent / "golden" / "features"
PLAIN_CONTENT = Content("Sale", "Today only", None, {"page": "sale"})
HOUR = timedelta(hours=1)
COMMON: Mapping[str, Push] = {
    "image": push(
        Content("Sale", "Today only", "https://example.com/a.png", {"page": "sale"}),
        Options(ttl=HOUR, category=Category.ORDER),
    ),
    **{
        f"category {category}": push(PLAIN_CONTENT, Options(ttl=HOUR, category=category))
        for category in Category
    },
    "no data": push(Content("Sale", "Today only")),
    "click opens a web page": push(
        Content("Sale", "Today only", None, {"page": "sale"}, "https://example.com/sale")
    ),
    "click opens a page of the app": push(
        Content("Sale", "Today only", None, {"page": "sale"}, "shop://sale/1")
    ),
    "badge": push(PLAIN_CONTENT, Options(ttl=HOUR, badge=3)),
    "badge over 99": push(PLAIN_CONTENT, Options(ttl=HOUR, badge=250)),
    "silent": push(PLAIN_CONTENT, Options(ttl=HOUR, silent=True)),
    "urgent": push(PLAIN_CONTENT, Options(ttl=HOUR, priority=Priority.HIGH)),
    "of low priority": push(PLAIN_CONTENT, Options(ttl=HOUR, priority=Priority.LOW)),
    "now or never": push(PLAIN_CONTENT, Options(ttl=timedelta(0))),
    "the longest time to live": push(PLAIN_CONTENT, Options(ttl=timedelta(days=28))),
    "replaces and collapses": push(PLAIN_CONTENT, Options(ttl=HOUR, collapse_key="sale")),
    "validated only": push(PLAIN_CONTENT, Options(ttl=HOUR, dry_run=True)),
}
OWN: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "apns": {
        "sound": {"sound": "ding.caf"},
        "time-sensitive": {"interruption_level": "time-sensitive"},
        "category": {"category": "SALE"},
        "badge of the vendor's own": {"badge": 0},
    },
    "fcm": {
        "sound": {"sound": "ding"},
        "channel": {"channel_id": "ch"},
        "replaces on the device": {"tag": "sale"},
    },
    "huawei": {
        "sound": {"sound": "/raw/ding"},
        "channel": {"channel_id": "ch"},
        "category": {"category": "IM"},
        "badge added to": {"badge_add": 1},
        "test message": {"target_user_type": 1},
    },
    "harmony": {
        "sound": {"sound": "ding.mp3", "sound_duration": 5},
        "category": {"category": "IM"},
        "badge added to": {"badge_add": 1},
        "test message": {"test_message": True},
    },
    "xiaomi": {
        "sound": {"sound_uri": "android.resource://com.example/raw/ding"},
        "channel": {"channel_id": "other"},
    },
    "honor": {
        "category": {"importance": "LOW"},
        "badge added to": {"badge_add": 1},
        "test message": {"target_user_type": 1},
    },
    "oppo": {
        "picture": {"big_picture_id": "p1"},
        "channel": {"channel_id": "ch"},
        "category": {"category": "IM", "notify_level": 2},
    },
    "vivo": {"sound": {"notify_type": 2}, "category": {"category": "IM"}},
    "meizu": {"sound": {"sound": True}, "category": {"private": True}},
    "webpush": {"urgency of its own": {"urgency": "very-low"}, "topic of its own": {"topic": "t"}},
}


def features(vendor: str) -> dict[str, object]:
    """What each feature changes."""
    plain = flat(rendered(vendor, push(PLAIN_CONTENT, Options(ttl=HOUR))))
    order = flat(rendered(vendor, push(PLAIN_CONTENT, Options(ttl=HOUR, category=Category.ORDER))))
    own = {
        name: push(PLAIN_CONTENT, Options(ttl=HOUR, vendors={vendor: more}))
        for name, more in OWN[vendor].items()
    }
    # Honor shows pictures in service messages alone.
    return {
        name: changed(vendor, given, order if name == "image" else plain)
        for name, given in {**COMMON, **own}.items()
    }


def changed(vendor: str, given: Push, plain: Mapping[str, object]) -> object:
    """The fields that are other than in a plain push; null for one that is not there any more."""
    try:
        now = flat(rendered(vendor, given))
    except PayloadRejected as error:
        return f"refused: {error}"
    gone = dict.fromkeys(sorted(plain.keys() - now.keys()))
    return {**{name: value for name, value in now.items() if plain.get(name) != value}, **gone}


@pytest.mark.parametrize("vendor", vendors())
def test_every_feature_changes_what_the_golden_file_says(vendor: str) -> None:
    golden = json.loads((GOLDEN / f"{vendor}.json").read_text("utf-8"))
    assert golden["section"] == f"docs/reference/vendors/{vendor}.md#options"
    assert features(vendor) == golden["features"]


SHOWN_BY = {  # what a message asks for, by the feature that it takes
    Feature.IMAGE: ("image",),
    Feature.BADGE: ("badge",),
    Feature.SILENT: ("silent",),
    Feature.PRIORITY: ("urgent", "of low priority"),
    Feature.COLLAPSE: ("replaces and collapses",),
    Feature.DRY_RUN: ("validated only",),
}


@pytest.mark.parametrize("vendor", vendors())
def test_a_vendor_has_the_features_that_change_its_requests(vendor: str) -> None:
    """The table of the documents is made from them."""
    changes = features(vendor)
    found = {
        feature
        for feature, names in SHOWN_BY.items()
        if any(isinstance(changes[name], dict) and changes[name] for name in names)
    }
    assert found == vendors()[vendor].features - {Feature.RECALL}


@pytest.mark.parametrize("vendor", vendors())
def test_the_limits_of_a_vendor_are_those_that_it_checks(vendor: str) -> None:
    limits = vendors()[vendor].limits
    title, body = limits.max_title or 1000, limits.max_body or 1000
    rendered(vendor, push(Content("t" * title, "b" * body)))
    for maximum, longer in (
        (limits.max_title, Content("t" * (title + 1), "b")),
        (limits.max_body, Content("t", "b" * (body + 1))),
    ):
        if maximum:
            with pytest.raises(PayloadRejected):
                rendered(vendor, push(longer))
    if limits.max_bytes:
        rendered(vendor, push(Content("t", "b", None, {"k": "v" * (limits.max_bytes // 2)})))
        with pytest.raises(PayloadRejected):
            rendered(vendor, push(Content("t", "b", None, {"k": "v" * limits.max_bytes})))


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name in vendors():
        written = {"section": f"docs/reference/vendors/{name}.md#options", "features": features(name)}
        (GOLDEN / f"{name}.json").write_text(
            json.dumps(written, indent=1, ensure_ascii=False) + "\n", "utf-8"
        )
