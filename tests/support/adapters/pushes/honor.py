"""Pushes with options of honor, by the name of their golden file."""

from datetime import timedelta

from tests.support.adapters.samples import push

from pushgate.domain.message import Options, Priority

PUSHES = {
    "honor": push(
        options=Options(
            ttl=timedelta(hours=2),
            priority=Priority.LOW,
            collapse_key="sale",
            vendors={
                "honor": {
                    "badge_set": 3,
                    "badge_class": "com.example.Main",
                    "big_title": "Sale",
                    "big_body": "All of it",
                    "intent": "shop://sale",
                    "target_user_type": 1,
                }
            },
        )
    ),
    "honor-buttons": push(
        honor={
            "when": "2026-11-23T12:00:00Z",
            "group": "shop",
            "buttons": [{"name": "Open", "action_type": 1, "intent_type": 0, "intent": "shop://sale"}],
        }
    ),
    "honor-page": push(honor={"action": "com.example.SALE", "badge_add": 1, "importance": "LOW"}),
    "honor-web": push(honor={"url": "https://example.com/"}),
}
