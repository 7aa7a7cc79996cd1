"""One-time links that `pushgate up` and `pushgate console link` print."""

from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis
from tests.support.redis_urls import url_of

from pushgate.console.one_time_links import OneTimeLinks
from pushgate.embedded.console_link import make_link
from pushgate.settings.loading import parse
from pushgate.settings.model import Settings


def settings_of(redis: Redis, host: str, *, enabled: bool = True) -> Settings:
    return parse(
        {
            "redis": {"url": url_of(redis)},
            "api": {"host": host, "port": 8080},
            "console": {"enabled": enabled},
        }
    )


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("::", "http://[::1]:8080"),
        ("localhost", "http://localhost:8080"),
    ],
)
async def test_a_link_leads_to_this_machine_and_names_the_keys_once(
    redis: Redis, host: str, base: str
) -> None:
    link = await make_link(settings_of(redis, host), ["k1", "k2"])
    assert link is not None
    assert link.startswith(f"{base}/link/")
    code = urlsplit(link).path.rpartition("/")[2]
    assert list(await OneTimeLinks(redis).take(code)) == ["k1", "k2"]
    assert list(await OneTimeLinks(redis).take(code)) == []


async def test_there_is_no_link_where_none_would_be_honoured(redis: Redis) -> None:
    assert await make_link(settings_of(redis, "10.0.0.5"), ["k1"]) is None
    assert await make_link(settings_of(redis, "127.0.0.1", enabled=False), ["k1"]) is None
    assert await redis.keys("*") == []
