"""Pushes with options of fcm, by the name of their golden file."""

from datetime import timedelta

from tests.support.adapters.samples import push

from pushgate.domain.message import Options, Priority

PUSHES = {
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
}
