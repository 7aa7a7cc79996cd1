"""Messages that the API must reject, with the field that is at fault."""

from typing import Any

from tests.support.api.bodies import GOOD, TOKEN, but

BAD_MESSAGES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "unknown field": (but(colour="red"), {"colour"}),
    "unknown field deep down": (
        but(content={"en": {"title": "t", "body": "b", "sound": "x"}}),
        {"content.en.sound"},
    ),
    "title of the wrong type": (but(content={"en": {"title": 7, "body": "b"}}), {"content.en.title"}),
    "missing title and body": (but(content={"en": {}}), {"content.en.title", "content.en.body"}),
    "empty title": (but(content={"en": {"title": "", "body": "b"}}), {"content.en.title"}),
    "NUL in a body": (but(content={"en": {"title": "t", "body": "a\x00b"}}), {"content.en.body"}),
    "no content": (but(content={}), {"content"}),
    "data that is no text": (
        but(content={"en": {"title": "t", "body": "b", "data": {"n": 1}}}),
        {"content.en.data.n"},
    ),
    "Pushgate's own data key": (
        but(content={"en": {"title": "t", "body": "b", "data": {"pushgate": "x"}}}),
        {"content.en.data.pushgate"},
    ),
    "an image that is no address": (
        but(content={"en": {"title": "t", "body": "b", "image": "cat.png"}}),
        {"content.en.image"},
    ),
    "a link that a click must not open": (
        but(content={"en": {"title": "t", "body": "b", "url": "javascript:alert(1)"}}),
        {"content.en.url"},
    ),
    "a link without a scheme": (
        but(content={"en": {"title": "t", "body": "b", "url": "example.com"}}),
        {"content.en.url"},
    ),
    "no category's name": (but(options={"category": "Promo"}), {"options.category"}),
    "a picture beside one of the data": (
        but(
            content={
                "en": {"title": "t", "body": "b", "image": "https://x.example/i", "data": {"image": "x"}}
            }
        ),
        {"content.en.data.image"},
    ),
    "a callback token for browsers": (
        but(options={"fcm": {"webpush": {"data": {"pushgate": "x"}}}}),
        {"options.fcm.webpush.data.pushgate"},
    ),
    "a callback token for iOS": (
        but(options={"fcm": {"apns": {"payload": {"pushgate": "x"}}}}),
        {"options.fcm.apns.payload.pushgate"},
    ),
    "a callback token deep in a browser's notification": (
        but(options={"fcm": {"webpush": {"notification": {"actions": [{"data": {"pushgate": "x"}}]}}}}),
        {"options.fcm.webpush.notification.actions.0.data.pushgate"},
    ),
    "a callback token among Xiaomi's extras": (
        but(options={"xiaomi": {"extra": {"pushgate": "x"}}}),
        {"options.xiaomi.extra.pushgate"},
    ),
    "a badge of a silent push": (but(options={"silent": True, "badge": 1}), {"options.badge"}),
    "a silent call": (but(options={"silent": True, "apns": {"push_type": "voip"}}), {"options.silent"}),
    "a badge below zero": (but(options={"badge": -1}), {"options.badge"}),
    "a bad language": (but(content={"klingonese": {"title": "t", "body": "b"}}), {"content.klingonese"}),
    "an unknown language": (but(content={"xx": {"title": "t", "body": "b"}}), {"content.xx"}),
    "one language twice": (
        but(content={"zh-cn": {"title": "t", "body": "b"}, "zh_CN": {"title": "t", "body": "b"}}),
        {"content.zh_CN"},
    ),
    "a default language without content": (but(default_language="ja"), {"default_language"}),
    "a bad default language": (but(default_language="not a language"), {"default_language"}),
    "a push time without offset": (but(push_time="2027-01-01T20:00:00"), {"push_time"}),
    "a push time that is a number": (but(push_time=1_700_000_000), {"push_time"}),
    "a push time that is none": (but(push_time="tomorrow"), {"push_time"}),
    "the last push time there is": (but(push_time="9999-12-31T23:59:59-14:00"), {"push_time"}),
    "a number that no vendor takes": (but(options={"apns": {"badge": 10**30}}), {"options.apns"}),
    "such a number deep inside": (but(options={"fcm": {"x": [{"y": 10**40}]}}), {"options.fcm"}),
    "many bad ids": (but(audience={"terminals": ["not ok"] * 900}), {"audience.terminals.0"}),
    "a push time years ahead": (but(push_time="2999-01-01T00:00:00Z"), {"push_time"}),
    "no audience": ({"content": GOOD["content"]}, {"audience"}),
    "an empty audience": (but(audience={}), {"audience"}),
    "an audience of nobody": (but(audience={"terminals": []}), {"audience.terminals"}),
    "two audiences": (but(audience={"all": True, "users": ["u"]}), {"audience"}),
    "all that is not true": (but(audience={"all": False}), {"audience.all"}),
    "a terminal id with a space": (but(audience={"terminals": ["ok", "not ok"]}), {"audience.terminals.1"}),
    "too many terminals": (
        but(audience={"terminals": [f"t{n}" for n in range(1001)]}),
        {"audience.terminals"},
    ),
    "an unknown vendor": (
        but(audience={"tokens": [{"vendor": "nokia", "token": TOKEN}]}),
        {"audience.tokens.0.vendor"},
    ),
    "a token in the wrong form": (
        but(audience={"tokens": [{"vendor": "apns", "token": TOKEN}, {"vendor": "apns", "token": "no-hex"}]}),
        {"audience.tokens.1.token"},
    ),
    "a token with a comma": (
        but(audience={"tokens": [{"vendor": "xiaomi", "token": "a,b,c,d"}]}),
        {"audience.tokens.0.token"},
    ),
    "a bad language of a token": (
        but(audience={"tokens": [{"vendor": "apns", "token": TOKEN, "language": "??"}]}),
        {"audience.tokens.0.language"},
    ),
    "a negative ttl": (but(options={"ttl": -1}), {"options.ttl"}),
    "a ttl beyond every vendor's": (but(options={"ttl": 28 * 86400 + 1}), {"options.ttl"}),
    "a ttl that is no whole number": (but(options={"ttl": "3600"}), {"options.ttl"}),
    "a spread as long as the ttl": (but(options={"ttl": 600, "spread": "10m"}), {"options.spread"}),
    "a spread of nothing": (but(options={"spread": "0s"}), {"options.spread"}),
    "a spread without a unit": (but(options={"spread": "10"}), {"options.spread"}),
    "a canary of nobody": (but(options={"canary": {"share": 0, "wait": "10m"}}), {"options.canary.share"}),
    "a canary of nearly all": (
        but(options={"canary": {"share": 51, "wait": "10m"}}),
        {"options.canary.share"},
    ),
    "a canary that waits for two days": (
        but(options={"canary": {"share": 1, "wait": "2d"}}),
        {"options.canary.wait"},
    ),
    "a canary that does not wait": (
        but(options={"canary": {"share": 1, "wait": "0s"}}),
        {"options.canary.wait"},
    ),
    "a canary as long as the ttl": (
        but(options={"ttl": 600, "canary": {"share": 1, "wait": "10m"}}),
        {"options.canary.wait"},
    ),
    "a canary whose rest has no time": (
        but(options={"ttl": 1200, "spread": "10m", "canary": {"share": 1, "wait": "10m"}}),
        {"options.canary.wait"},
    ),
    "a canary whose slower rest has no time": (
        but(
            options={
                "ttl": 1800,
                "spread": "10m",
                "canary": {"share": 1, "wait": "10m", "slower_if": {"gone": 5}},
            }
        ),
        {"options.canary.wait"},
    ),
    "a canary's limit of all": (
        but(options={"canary": {"share": 1, "wait": "10m", "hold_if": {"rejected": 100}}}),
        {"options.canary.hold_if.rejected"},
    ),
    "a canary's unknown limit": (
        but(options={"canary": {"share": 1, "wait": "10m", "hold_if": {"delivered": 5}}}),
        {"options.canary.hold_if.delivered"},
    ),
    "a canary that slows what is not spread": (
        but(options={"canary": {"share": 1, "wait": "10m", "slower_if": {"gone": 5}}}),
        {"options.canary.slower_if"},
    ),
    "a canary of a dry run": (
        but(options={"dry_run": True, "canary": {"share": 1, "wait": "10m"}}),
        {"options.canary"},
    ),
    "a canary that waits for clicks on a silent push": (
        but(
            options={
                "silent": True,
                "canary": {"share": 1, "wait": "10m", "hold_if": {"clicks_below": 5}},
            }
        ),
        {"options.canary.hold_if.clicks_below"},
    ),
    "an unknown way with long content": (but(options={"on_too_long": "cut"}), {"options.on_too_long"}),
    "a dry run that is no yes or no": (but(options={"dry_run": "yes"}), {"options.dry_run"}),
    "an unknown priority": (but(options={"priority": "urgent"}), {"options.priority"}),
    "an unknown option": (but(options={"colour": "red"}), {"options.colour"}),
    "a vendor's options that are no object": (but(options={"apns": 1}), {"options.apns"}),
    "many bad options of many vendors": (
        but(
            options={
                "apns": {"bagde": 1, "badge": "1"},
                "huawei": {"style": 3},
                "fcm": {"apns": {"headers": {"x": "y"}}},
                "nokia": {},
            }
        ),
        {
            "options.apns.bagde",
            "options.apns.badge",
            "options.huawei",
            "options.fcm.apns.headers",
            "options.nokia",
        },
    ),
    "an unknown option of a vendor": (but(options={"apns": {"bagde": 1}}), {"options.apns.bagde"}),
    "an option of the wrong type": (
        but(options={"fcm": {"notification_count": "three"}}),
        {"options.fcm.notification_count"},
    ),
    "what no vendor can carry": (
        but(content={"en": {"title": "t", "body": "b", "data": {"k": "x" * 4096}}}),
        {"content.en", "content.en.data"},
    ),
    "several faults at once": (
        but(push_time="x", audience={"users": []}, options={"ttl": -5}),
        {"push_time", "audience.users", "options.ttl"},
    ),
}
