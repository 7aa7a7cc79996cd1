"""The demo app's shop: its phones and their people. Pure: the same ones each time.

24 of the phones have push tokens that the simulated vendors call dead, as after an uninstall. The
first broadcast removes them, and leaves 1,000.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from pushgate_client import types

PHONES, DEAD = 1000, 24
_VENDORS: dict[types.Vendor, int] = {
    "apns": 27,
    "huawei": 16,
    "xiaomi": 15,
    "fcm": 13,
    "oppo": 10,
    "vivo": 9,
    "honor": 6,
    "harmony": 3,
    "meizu": 1,
}
_PLACES = (
    ("zh-Hans", "Asia/Shanghai", ("Shanghai", "Beijing", "Chengdu", "Shenzhen"), 54),
    ("zh-Hant-TW", "Asia/Taipei", ("Taipei",), 8),
    ("en", "Europe/London", ("London", "Leeds"), 14),
    ("en-US", "America/New_York", ("New York",), 8),
    ("ja", "Asia/Tokyo", ("Tokyo", "Osaka"), 8),
    ("de", "Europe/Berlin", ("Berlin",), 4),
    ("fr", "Europe/Paris", ("Paris",), 4),
)
_VERSIONS = {"3.2.1": 60, "3.2.0": 22, "3.1.4": 13, "2.9.0": 5}
_PLANS = {"free": 70, "plus": 22, "gold": 8}
_TAGS = {"member": 0.6, "news": 0.35, "vip": 0.12, "beta": 0.05}
_TOKEN_LENGTH = {"apns": 64, "fcm": 142}
_DEFAULT_LENGTH = 44
_MAX_PHONES_OF_A_USER = 3
_DAYS = 45
_Name = TypeVar("_Name", bound=str)


def phones(now: datetime) -> Iterator[types.TerminalLine]:
    """All phones of the shop, those with dead tokens among them."""
    drawn = random.Random(17)  # noqa: S311  # an example, no secret
    dead = set(drawn.sample(range(PHONES + DEAD), DEAD))
    number = user = 0
    while number < PHONES + DEAD:
        user += 1
        language, timezone, cities, _ = drawn.choices(_PLACES, [place[-1] for place in _PLACES])[0]
        person = {"plan": _choose(drawn, _PLANS), "city": drawn.choice(cities)}
        tags = [tag for tag, share in _TAGS.items() if drawn.random() < share]
        # One person in four has several phones.
        count = drawn.randint(2, _MAX_PHONES_OF_A_USER) if drawn.random() < 0.25 else 1
        for _ in range(min(count, PHONES + DEAD - number)):
            number += 1
            vendor = _choose(drawn, _VENDORS)
            yield {
                "id": f"phone-{number:04}",
                "vendor": vendor,
                "token": _token(drawn, vendor, is_dead=number - 1 in dead),
                "language": language,
                "user": f"u-{user:04}",
                "tags": tags,
                "timezone": timezone,
                "app_version": _choose(drawn, _VERSIONS),
                "attributes": dict(person),
                "last_seen": (now - timedelta(days=_DAYS * drawn.random() ** 2)).isoformat(),
            }


def _choose(drawn: random.Random, weights: Mapping[_Name, int]) -> _Name:
    return drawn.choices(list(weights), list(weights.values()))[0]


def _token(drawn: random.Random, vendor: str, *, is_dead: bool) -> str:
    """A push token in the vendor's form. Simulated vendors call those dead that begin so."""
    length = _TOKEN_LENGTH.get(vendor, _DEFAULT_LENGTH)
    token = f"{drawn.getrandbits(4 * length):0{length}x}"
    return f"dead{token[4:]}" if is_dead else f"0{token[1:]}"
