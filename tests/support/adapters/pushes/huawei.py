"""Pushes with options of huawei, by the name of their golden file."""

from datetime import timedelta

from tests.support.adapters.samples import push

from pushgate.domain.message import Options, Priority

PUSHES = {
    "huawei": push(
        options=Options(
            ttl=timedelta(hours=2),
            priority=Priority.LOW,
            collapse_key="sale",
            vendors={
                "huawei": {
                    "category": "MARKETING",
                    "channel_id": "ch",
                    "badge_add": 1,
                    "badge_class": "com.example.Main",
                    "sound": "/raw/ding",
                    "url": "https://example.com/",
                }
            },
        )
    ),
    "huawei-styled": push(
        huawei={
            "style": 1,
            "big_title": "Sale",
            "big_body": "All of it",
            "when": "2026-11-23T12:00:00Z",
            "action": "com.example.SALE",
            "buttons": [{"name": "Open", "action_type": 1, "intent_type": 0, "intent": "shop://sale"}],
            "visibility": "PRIVATE",
            "vibrate_config": ["1s", "0.5s"],
            "light_settings": {
                "color": {"green": 1.0},
                "light_on_duration": "1s",
                "light_off_duration": "2s",
            },
            "foreground_show": False,
            "auto_clear": 60_000,
            "auto_cancel": True,
            "group": "shop",
            "tag": "sale",
            "profile_id": "p1",
            "notify_summary": "Sales",
            "title_loc_key": "SALE",
            "title_loc_args": ["today"],
            "fast_app_target": 2,
        }
    ),
    "huawei-lines": push(huawei={"style": 3, "inbox_content": ["Shoes", "Hats"]}),
    "huawei-silent": push(
        options=Options(
            ttl=timedelta(hours=1),
            silent=True,
            vendors={"huawei": {"urgency": "HIGH", "category": "PLAY_VOICE"}},
        )
    ),
    "huawei-shown": push(
        huawei={
            "icon": "/raw/icon",
            "color": "#ff0000",
            "ticker": "Sale",
            "badge_set": 3,
            "importance": "LOW",
            "intent": "shop://sale",
            "receipt_id": "R1",
            "target_user_type": 1,
            "use_default_light": True,
            "use_default_vibrate": True,
            "default_sound": False,
            "notify_id": 7,
            "body_loc_key": "SALE",
            "body_loc_args": ["today"],
        }
    ),
}
