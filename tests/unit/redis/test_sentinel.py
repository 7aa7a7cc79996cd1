"""Which of the answers of sentinels counts."""

from collections.abc import Mapping
from typing import cast

from redis.asyncio import Redis

from pushgate.redis.addresses import Address
from pushgate.redis.sentinel import Master
from pushgate.settings.redis import RedisSettings


class Telling:
    """A sentinel that names this master."""

    def __init__(self, host: str, epoch: int) -> None:
        self.known: Mapping[str, Mapping[str, object]] = {
            "pushgate": {
                "ip": host,
                "port": 6379,
                "config-epoch": epoch,
                "is_master": True,
                "is_sdown": False,
                "is_odown": False,
                "num-other-sentinels": 2,
            }
        }

    async def sentinel_masters(self) -> Mapping[str, Mapping[str, object]]:
        return self.known


async def test_the_latest_configuration_counts_whoever_answers_first() -> None:
    """A sentinel that was cut off names the former master until it hears of the others."""
    master = Master(RedisSettings(sentinels=("a:1", "b:1", "c:1")), {})
    cut_off, others = Telling("former", 1), [Telling("latest", 2), Telling("latest", 2)]
    master._sentinel.sentinels = cast("list[Redis]", [cut_off, *others])
    assert await master.find() == Address("latest", 6379)


async def test_sentinels_that_lost_their_configuration_change_nothing() -> None:
    """They were started anew, for example: processes that know the master go on."""
    master, sentinel = Master(RedisSettings(sentinels=("a:1",)), {}), Telling("known", 1)
    master._sentinel.sentinels = cast("list[Redis]", [sentinel])
    assert await master.find() == Address("known", 6379)
    sentinel.known = {}
    master._asked_at = float("-inf")
    assert await master.find() == Address("known", 6379)
