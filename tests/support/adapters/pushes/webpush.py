"""Pushes with options of webpush, by the name of their golden file."""

from datetime import timedelta

from tests.support.adapters.samples import push

from pushgate.domain.message import Options, Priority

PUSHES = {
    "webpush": push(
        options=Options(
            ttl=timedelta(0),
            priority=Priority.HIGH,
            collapse_key="sale of the day, until midnight",
            vendors={
                "webpush": {
                    "icon": "https://example.com/icon.png",
                    "badge": "https://example.com/badge.png",
                    "require_interaction": True,
                    "renotify": True,
                    "actions": [{"action": "open", "title": "Open"}],
                }
            },
        )
    ),
    "webpush-tagged": push(
        webpush={"tag": "sale", "topic": "sale", "urgency": "low", "silent": True, "remove_on_click": True}
    ),
}
