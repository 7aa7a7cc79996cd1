"""Commands know the apps that the API made."""

import base64

from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.app_documents import app_document, put, vendor_document
from tests.support.engines import Engine
from tests.support.sealing import sealer_of

from pushgate.apps.app_documents import AppDocuments
from pushgate.domain.clock import SystemClock
from pushgate.processes.administration import receipt_addresses
from pushgate.processes.check import check
from pushgate.redis.client import connect
from pushgate.settings.loading import parse
from pushgate.settings.model import Settings
from pushgate.settings.redis import RedisSettings


def settings_of(valkey: Engine, database: int) -> Settings:
    key = base64.b64encode(b"a" * 32).decode()
    apps = {"filed": {"xiaomi": {"package": "p", "app_secret": "s"}}}
    url = valkey.url.replace("db=0", f"db={database}")
    return parse({"redis": {"url": url}, "secrets": {"key": key}, "apps": apps, "gearman": {"timeout": 0.1}})


async def stored(redis: Redis) -> None:
    documents = AppDocuments(redis, SystemClock(), 10)
    shop = app_document(vendors={"xiaomi": vendor_document(sealer_of(b"a"))})
    await put(documents, shop)
    await put(documents, replace(shop, app="gone", vendors={}, deleting_since=shop.changed_at))


async def test_addresses_of_receipts_and_checks_include_them(valkey: Engine) -> None:
    settings = settings_of(valkey, 9997)
    redis = connect(RedisSettings(url=settings.redis.url, max_connections=4))
    await stored(redis)
    await redis.aclose()
    assert [one.app for one in await receipt_addresses(settings)] == ["filed", "shop"]
    subjects = [finding.subject for finding in await check(settings)]
    assert [one for one in subjects if one.startswith("apps.")] == ["apps.filed.xiaomi", "apps.shop.xiaomi"]
