"""Pushes with options of oppo, by the name of their golden file."""

from datetime import timedelta

from tests.support.adapters.samples import push

from pushgate.domain.message import Content, Options

PUSHES = {
    "oppo": push(
        Content("Sale", "Today only, and all of it must go before the evening comes", None, {"page": "sale"}),
        Options(
            ttl=timedelta(0),
            collapse_key="sale",
            vendors={
                "oppo": {
                    "subtitle": "Hurry",
                    "channel_id": "ch",
                    "category": "MARKETING",
                    "notify_level": 1,
                    "url": "https://example.com/",
                    "wifi_only": True,
                }
            },
        ),
    ),
    "oppo-private": push(
        oppo={
            "category": "IM",
            "notify_level": 2,
            "private_msg_template_id": "t1",
            "private_title_parameters": {"name": "Ann"},
            "private_content_parameters": {"text": "hi"},
            "activity_class": "com.example.Sale",
            "show_ttl": 3600,
            "show_from": 1_800_000_000_000,
            "show_until": 1_800_003_600_000,
            "small_picture_id": "s1",
        }
    ),
    "oppo-picture": push(
        oppo={
            "big_picture_id": "p1",
            "private_msg_template_id": "t1",
            "private_title_parameters": {"name": "Ann"},
        }
    ),
    "oppo-activity": push(oppo={"activity": "com.example.SALE", "badge_add": 1}),
    "oppo-intent": push(oppo={"intent": "intent://sale#Intent;end", "badge_set": 0}),
}
