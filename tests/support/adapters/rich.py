"""Pushes with a vendor's own options; each name begins with the vendor's."""

from datetime import timedelta

from tests.support.adapters.samples import push

from pushgate.domain.message import Content, Options, Priority

RICH = {
    "apns": push(
        options=Options(
            ttl=timedelta(hours=2),
            priority=Priority.HIGH,
            collapse_key="sale",
            vendors={
                "apns": {
                    "badge": 3,
                    "sound": "ding.caf",
                    "thread_id": "shop",
                    "category": "SALE",
                    "subtitle": "Hurry",
                    "interruption_level": "time-sensitive",
                    "relevance_score": 0.5,
                }
            },
        )
    ),
    "apns-background": push(apns={"push_type": "background"}),
    "apns-voip": push(apns={"push_type": "voip"}),
    "apns-liveactivity": push(
        apns={
            "push_type": "liveactivity",
            "relevance_score": 75,
            "live_activity": {
                "event": "start",
                "content_state": {"score": 1},
                "stale_date": 1_800_000_000,
                "attributes_type": "Match",
                "attributes": {"home": "A"},
                "input_push_token": 1,
            },
        }
    ),
    "apns-critical": push(
        apns={
            "critical_sound": {"name": "alarm.caf", "volume": 0.5},
            "loc_key": "SALE",
            "loc_args": ["today"],
            "filter_criteria": "work",
        }
    ),
    "fcm": push(
        options=Options(
            ttl=timedelta(hours=2),
            priority=Priority.HIGH,
            collapse_key="sale",
            vendors={
                "fcm": {
                    "channel_id": "ch",
                    "sound": "ding",
                    "notification_count": 3,
                    "color": "#ff0000",
                    "tag": "sale",
                    "analytics_label": "sale_1",
                }
            },
        )
    ),
    "fcm-everywhere": push(
        fcm={
            "title_loc_key": "SALE",
            "title_loc_args": ["today"],
            "sticky": True,
            "event_time": "2026-11-23T12:00:00Z",
            "vibrate_timings": ["0.1s", "1s"],
            "light_settings": {
                "color": {"red": 1.0},
                "light_on_duration": "0.5s",
                "light_off_duration": "1s",
            },
            "direct_boot_ok": True,
            "restricted_package_name": "com.example.demo",
            "apns": {
                "headers": {"apns-priority": "5", "apns-collapse-id": "sale"},
                "payload": {"aps": {"badge": 3, "mutable-content": 1}},
                "image": "https://example.com/ios.png",
                "analytics_label": "ios",
            },
            "webpush": {
                "headers": {"ttl": 60, "urgency": "high", "topic": "sale"},
                "data": {"page": "web"},
                "notification": {"requireInteraction": True},
                "link": "https://example.com/sale",
            },
        },
    ),
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
    "meizu": push(
        options=Options(
            ttl=timedelta(minutes=90),
            collapse_key="sale",
            vendors={
                "meizu": {"private": True, "url": "https://example.com/", "sound": False, "suspend": True}
            },
        )
    ),
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
    "vivo": push(
        options=Options(
            ttl=timedelta(0),
            collapse_key="sale",
            vendors={
                "vivo": {
                    "category": "ORDER",
                    "notify_type": 2,
                    "page": "shop://sale",
                    "foreground_show": False,
                }
            },
        )
    ),
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
    "xiaomi": push(
        options=Options(
            ttl=timedelta(0),
            collapse_key="sale",
            vendors={
                "xiaomi": {
                    "channel_id": "other",
                    "notify_type": 1,
                    "notify_foreground": False,
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
    "xiaomi-filtered": push(
        xiaomi={
            "channel_name": "Sales",
            "channel_description": "What is cheap",
            "sound_uri": "android.resource://com.example/raw/ding",
            "ticker": "Sale",
            "intent_uri": "shop://sale",
            "flow_control": 5000,
            "locale": "zh_CN",
            "model_not_in": "HM1",
            "app_version": "1.0",
            "connpt": "wifi",
            "extra": {"campaign": "spring"},
        }
    ),
    "honor-buttons": push(
        honor={
            "when": "2026-11-23T12:00:00Z",
            "group": "shop",
            "buttons": [{"name": "Open", "action_type": 1, "intent_type": 0, "intent": "shop://sale"}],
        }
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
    "vivo-custom": push(
        vivo={
            "custom": "intent://sale/1#Intent;scheme=shop;package=com.example;end",
            "wifi_only": True,
            "add_badge": True,
        }
    ),
    "meizu-unfolded": push(meizu={"expanded": "All of it", "activity": "com.example.Sale", "vibrate": True}),
    "apns-localised": push(
        apns={
            "launch_image": "sale",
            "title_loc_key": "T",
            "title_loc_args": ["a"],
            "subtitle_loc_key": "S",
            "subtitle_loc_args": ["b"],
            "target_content_id": "window",
            "mutable_content": True,
            "content_available": True,
        }
    ),
    "fcm-shown": push(
        fcm={
            "icon": "sale",
            "click_action": "SALE",
            "ticker": "Sale",
            "local_only": True,
            "default_sound": True,
            "default_vibrate_timings": True,
            "default_light_settings": True,
            "notification_priority": "PRIORITY_LOW",
            "visibility": "SECRET",
            "proxy": "DENY",
            "body_loc_key": "SALE",
            "body_loc_args": ["today"],
            "bandwidth_constrained_ok": True,
            "restricted_satellite_ok": True,
        }
    ),
    "harmony-page": push(
        harmony={"action": "com.example.SALE", "badge_set": 3, "notify_id": 7, "receipt_id": "R1"}
    ),
    "harmony-background-proxied": push(harmony={"push_type": "background", "proxy_data": True}),
    "honor-page": push(honor={"action": "com.example.SALE", "badge_add": 1, "importance": "LOW"}),
    "honor-web": push(honor={"url": "https://example.com/"}),
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
    "meizu-switches": push(meizu={"clear_notice_bar": False, "lights": True}),
    "oppo-activity": push(oppo={"activity": "com.example.SALE", "badge_add": 1}),
    "oppo-intent": push(oppo={"intent": "intent://sale#Intent;end", "badge_set": 0}),
    "vivo-web": push(vivo={"url": "https://example.com/"}),
    "webpush-tagged": push(webpush={"tag": "sale", "topic": "sale", "urgency": "low", "silent": True}),
    "xiaomi-models": push(xiaomi={"model": "HM1", "locale_not_in": "en_US", "app_version_not_in": "1.0"}),
}
