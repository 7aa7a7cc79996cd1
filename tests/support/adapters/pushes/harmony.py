"""Pushes with options of harmony, by the name of their golden file."""

from datetime import timedelta

from tests.support.adapters.samples import push

from pushgate.domain.message import Options

PUSHES = {
    "harmony": push(
        options=Options(
            ttl=timedelta(hours=2),
            collapse_key="sale",
            vendors={
                "harmony": {
                    "category": "WORK",
                    "badge_add": 1,
                    "sound": "ding.mp3",
                    "sound_duration": 5,
                    "uri": "shop://sale",
                    "foreground_show": False,
                    "test_message": True,
                }
            },
        )
    ),
    "harmony-background": push(harmony={"push_type": "background"}),
    "harmony-styled": push(
        harmony={
            "style": 3,
            "inbox_content": ["Shoes", "Hats"],
            "profile_id": "p1",
            "background_mode": 1,
        }
    ),
    "harmony-long": push(harmony={"style": 1, "big_title": "Sale", "big_body": "All of it"}),
    "harmony-voip": push(harmony={"push_type": "voip", "voip": {"scene": "video"}}),
    "harmony-live": push(
        harmony={
            "push_type": "live_view",
            "live_view": {
                "activity_id": 7,
                "operation": "create",
                "event": "FLIGHT",
                "sub_event": "DEPARTURE",
                "status": "CHECK_IN",
                "version": 1,
                "mute": False,
                "share_url": "https://example.com/flight",
                "type": 3,
                "content_title": "MU 5101",
                "content_text": [{"text": "Gate 5, {{status}}", "foreground_color": "#FF00AA00"}],
                "uri": "shop://flight/7",
                "flight_no": "MU5101",
                "rich_progress": {"progress": 40, "nodeIcons": ["from.png", "to.png"]},
                "extend": {"type": 1, "text": "Call", "image": "call.png", "tel": "+86 21-6000 0000"},
                "capsule": {"type": 1, "icon": "plane.png", "more": {"title": "Gate 5"}},
                "external": {"text": "Gate 5"},
            },
        }
    ),
    "harmony-live-end": push(
        harmony={
            "push_type": "live_view",
            "live_view": {
                "activity_id": 7,
                "operation": "end",
                "event": "SCORE",
                "type": 5,
                "keep_time": 60,
                "first_text_block": {"text": "2"},
                "last_text_block": {"text": "1"},
                "extend": {"type": 0, "clear_on_click": True},
            },
        }
    ),
    "harmony-voice": push(harmony={"push_type": "voice", "sound": "ding.mp3"}),
    "harmony-form": push(
        harmony={
            "push_type": "form",
            "form": {
                "form_id": 423434262,
                "version": 3,
                "module_name": "entry",
                "form_name": "widget",
                "ability_name": "EntryFormAbility",
                "form_data": {"text": "Sale"},
                "images": [{"key_name": "a", "url": "https://example.com/a.png", "require": 1}],
            },
        }
    ),
    "harmony-page": push(
        harmony={"action": "com.example.SALE", "badge_set": 3, "notify_id": 7, "receipt_id": "R1"}
    ),
    "harmony-background-proxied": push(harmony={"push_type": "background", "proxy_data": True}),
}
