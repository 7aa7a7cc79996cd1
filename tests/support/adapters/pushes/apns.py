"""Pushes with options of apns, by the name of their golden file."""

from datetime import timedelta

from tests.support.adapters.samples import push

from pushgate.domain.message import Options, Priority

PUSHES = {
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
}
