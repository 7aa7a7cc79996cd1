"""Pushes with options of meizu, by the name of their golden file."""

from datetime import timedelta

from tests.support.adapters.samples import push

from pushgate.domain.message import Options

PUSHES = {
    "meizu": push(
        options=Options(
            ttl=timedelta(minutes=90),
            collapse_key="sale",
            vendors={
                "meizu": {"private": True, "url": "https://example.com/", "sound": False, "suspend": True}
            },
        )
    ),
    "meizu-unfolded": push(meizu={"expanded": "All of it", "activity": "com.example.Sale", "vibrate": True}),
    "meizu-switches": push(meizu={"clear_notice_bar": False, "lights": True}),
}
