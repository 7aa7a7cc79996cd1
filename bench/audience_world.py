"""Terminals as a large app has them: ten vendors and twenty languages with uneven shares, fifty
tags, thirty time zones, users with one to three terminals.

Everything follows from the number of the batch, so that each system under measurement gets the same
data.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

import orjson

from pushgate.domain.terminal import Terminal

TOKEN_LENGTH = 152
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
VENDORS = ["apns", "fcm", "huawei", "xiaomi", "oppo", "vivo", "honor", "meizu", "harmony", "webpush"]
LANGUAGES = ["en", "zh-Hans", "ja", "es", "de", "fr", "pt-BR", "ko", "ru", "it"]
LANGUAGES += ["zh-Hant", "tr", "id", "vi", "th", "pl", "nl", "ar", "sv", "uk"]
TIMEZONES = [f"Etc/GMT+{hour}" for hour in range(13)] + [f"Etc/GMT-{hour}" for hour in range(1, 15)]
TIMEZONES += ["Asia/Shanghai", "Europe/Berlin", "America/New_York"]
TAGS = [f"tag{number:02d}" for number in range(50)]
TAG_SHARES = [0.001 * 1.139**number for number in range(50)]
"""From 0.1 % to 60 %: about five tags a terminal."""
DAYS = 60
NOW_TEXTS = [(NOW - timedelta(days=day)).isoformat() for day in range(DAYS)]
_P256DH = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
"""The base point of P-256: every browser's key is a point of this curve."""
BATCH = 1000
_TAG_SETS = 4096


class Row(NamedTuple):
    """A terminal by the places of its values in the lists above; the day counts back from `NOW`."""

    number: int
    vendor: int
    language: int
    timezone: int
    tags: tuple[int, ...]
    user: int
    day: int
    version: int


def rows(count: int) -> Iterator[list[Row]]:
    """The first `count` terminals, in batches of 1,000."""
    for number in range(-(-count // BATCH)):
        yield batch(number)[: count - number * BATCH]


def batch(number: int) -> list[Row]:
    """The terminals of a batch."""
    chance = random.Random(number + 1)  # noqa: S311  # the same data each time
    columns = (
        chance.choices(range(10), _weights(10), k=BATCH),
        chance.choices(range(20), _weights(20), k=BATCH),
        chance.choices(range(30), _weights(30), k=BATCH),
        chance.choices(_tag_sets(), k=BATCH),
        [user_number(number * BATCH + place) for place in range(BATCH)],
        [int(chance.random() ** 2 * DAYS) for _ in range(BATCH)],
        [int(chance.random() ** 2 * 12) for _ in range(BATCH)],
    )
    first = number * BATCH
    return [Row(first + place, *values) for place, values in enumerate(zip(*columns, strict=True))]


@cache
def _tag_sets() -> list[tuple[int, ...]]:
    chance = random.Random(0)  # noqa: S311  # the same data each time
    return [
        tuple(tag for tag, share in enumerate(TAG_SHARES) if chance.random() < share)
        for _ in range(_TAG_SETS)
    ]


def user_number(number: int) -> int:
    """The number of a terminal's user: of six terminals in a row, three users have one, two and
    three.
    """
    sixth, place = divmod(number, 6)
    return 3 * sixth + (0, 1, 1, 2, 2, 2)[place]


def terminal(row: Row) -> Terminal:
    """The terminal of a row."""
    return Terminal(
        id=f"terminal-{row.number:08d}",
        vendor=VENDORS[row.vendor],
        token=_token(row),
        language=LANGUAGES[row.language],
        user=f"user-{row.user:07d}",
        tags=tuple(TAGS[tag] for tag in row.tags),
        timezone=TIMEZONES[row.timezone],
        app_version=f"3.{row.version}",
        last_seen=NOW - timedelta(days=row.day),
    )


def _token(row: Row) -> str:
    digits = hashlib.sha512(row.number.to_bytes(8, "little")).hexdigest()
    if VENDORS[row.vendor] != "webpush":
        return (digits + digits)[:TOKEN_LENGTH]
    keys = {"p256dh": _P256DH, "auth": digits[:22]}
    subscription = {"endpoint": f"https://push.example/{digits[:24]}", "keys": keys}
    return orjson.dumps(subscription).decode()


def line(row: Row) -> bytes:
    """The terminal of a row as a line of an import."""
    known = terminal(row)
    fields = {
        "id": known.id,
        "vendor": known.vendor,
        "token": known.token,
        "language": known.language,
        "user": known.user,
        "tags": known.tags,
        "timezone": known.timezone,
        "app_version": known.app_version,
        "last_seen": NOW_TEXTS[row.day],
    }
    return orjson.dumps(fields) + b"\n"


def _weights(count: int) -> Sequence[float]:
    return [1 / (number + 1) for number in range(count)]
