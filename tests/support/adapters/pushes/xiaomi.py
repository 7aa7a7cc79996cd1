"""Pushes with options of xiaomi, by the name of their golden file."""

from datetime import timedelta

from tests.support.adapters.samples import push

from pushgate.domain.message import Options

PUSHES = {
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
    "xiaomi-models": push(xiaomi={"model": "HM1", "locale_not_in": "en_US", "app_version_not_in": "1.0"}),
}
