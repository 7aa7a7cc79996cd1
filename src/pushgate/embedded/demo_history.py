"""What the demo app's shop has sent and is going to send. Pure: messages as the API takes them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pushgate_client import types

EVERYBODY: types.AudienceBody = {"all": True}
AUDIENCES: Mapping[str, types.AudienceNode] = {
    "vips-in-chinese": {"all_of": [{"tag": "vip"}, {"language": "zh"}]},
    "plus-and-gold": {"attribute": "plan", "one_of": ["plus", "gold"]},
}
"""Saved audiences by name."""
TEST_PHONES: Mapping[str, str] = {"phone-0007": "Anna's phone", "phone-0015": "Bao's phone"}
"""Names of the phones that are marked for tests."""
SOON, SOMEWHAT_LATER = timedelta(seconds=20), timedelta(seconds=75)
"""How long after the start pushes go out: whoever has just opened the console sees one."""


def broadcasts() -> Sequence[types.MessageBody]:
    """What goes out at once, one after the other."""
    return [
        _message(
            EVERYBODY,
            ("Welcome to the Tangerine shop", "Look around: free delivery this week"),
            ("欢迎来到橙市", "随便逛逛：本周全场包邮"),
            "marketing",
        ),
        _message(
            {"all_of": [{"saved": "plus-and-gold"}, {"language": "zh"}]},
            ("Members first", "The winter collection, one day early"),
            ("会员抢先", "冬季新品，提前一天开抢"),
            "marketing",
        ),
        _message(
            {"tag": "vip"},
            ("Your points expire tonight", "Spend them before midnight"),
            ("您的积分今晚到期", "零点前兑换"),
            "account",
        ),
    ]


def orders() -> Sequence[types.MessageBody]:
    """Small messages, each to one person."""
    return [
        _message(
            {"users": [f"u-{user:04}"]},
            ("Your parcel arrives today", f"Order {88400 + user}, between 6 and 8 pm"),
            ("您的包裹今天送达", f"订单 {88400 + user}，18–20 点"),
            "order",
        )
        for user in range(12, 32)
    ]


def upcoming(now: datetime) -> Sequence[types.MessageBody]:
    """What is scheduled: two within two minutes, the others in the next days."""
    texts: tuple[tuple[timedelta, types.AudienceBody, tuple[str, str], tuple[str, str]], ...] = (
        (
            SOON,
            EVERYBODY,
            ("Flash sale: coffee beans −30%", "Until tonight"),
            ("限时抢购：咖啡豆七折", "今晚截止"),
        ),
        (
            SOMEWHAT_LATER,
            {"any_of": [{"tag": "member"}, {"tag": "news"}]},
            ("Back in stock", "The blue kettle, and four more"),
            ("到货提醒", "蓝色水壶等五款商品已到货"),
        ),
        (
            timedelta(hours=15),
            {"saved": "plus-and-gold"},
            ("New this week", "Twelve things that we like"),
            ("本周上新", "十二款心头好"),
        ),
        (
            timedelta(days=2),
            EVERYBODY,
            ("Sunday: 50 off every 300", "All day, everything"),
            ("周日：每满300减50", "全场全天"),
        ),
    )
    messages = list[types.MessageBody]()
    for after, audience, english, chinese in texts:
        message = _message(audience, english, chinese, "marketing")
        message["push_time"] = (now + after).isoformat()
        messages.append(message)
    return messages


def _message(
    audience: types.AudienceBody, english: tuple[str, str], chinese: tuple[str, str], category: types.Category
) -> types.MessageBody:
    return {
        "content": {
            "en": {"title": english[0], "body": english[1]},
            "zh-Hans": {"title": chinese[0], "body": chinese[1]},
        },
        "default_language": "en",
        "audience": audience,
        "options": {"category": category},
    }
