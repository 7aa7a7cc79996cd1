"""Pushes with options of vivo, by the name of their golden file."""

from datetime import timedelta

from tests.support.adapters.samples import push

from pushgate.domain.message import Options

PUSHES = {
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
    "vivo-custom": push(
        vivo={
            "custom": "intent://sale/1#Intent;scheme=shop;package=com.example;end",
            "wifi_only": True,
            "add_badge": True,
        }
    ),
    "vivo-web": push(vivo={"url": "https://example.com/"}),
}
