"""What commands find in the store of an installation."""

from redis.asyncio import Redis
from tests.support.app_documents import app_document, put, vendor_document
from tests.support.clock import SetClock
from tests.support.redis_urls import url_of

from pushgate.apps.app_documents import AppDocuments
from pushgate.processes.administration import callback_keys, receipt_addresses, rotate_callback_keys
from pushgate.processes.sealing import open_sealer
from pushgate.receipts.callback_keys import DEFAULT_OVERLAP
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.sealing.master_keys import new_key
from pushgate.settings.loading import parse

MEIZU = {"app_id": "1", "app_secret": "s"}


async def test_the_addresses_of_receipts_are_those_of_the_newest_key_of_all_apps(
    redis: Redis, clock: SetClock
) -> None:
    settings = parse(
        {
            "redis": {"url": url_of(redis)},
            "secrets": {"key": new_key()},
            "apps": {"filed": {"meizu": MEIZU}},
        }
    )
    section = vendor_document(open_sealer(settings), MEIZU, vendor="meizu")
    await put(AppDocuments(redis, clock, 10), app_document(vendors={"meizu": section}))
    before = await receipt_addresses(settings)
    assert [(found.app, found.vendor) for found in before] == [("filed", "meizu"), ("shop", "meizu")]
    await rotate_callback_keys(settings, DEFAULT_OVERLAP)
    newest, earlier = (found.key for found in (await callback_keys(settings)).keys)
    for found, old in zip(await receipt_addresses(settings), before, strict=True):
        assert found.path == CallbackTokens(newest).path(found.vendor, found.app)
        assert old.path == CallbackTokens(earlier).path(found.vendor, found.app)
