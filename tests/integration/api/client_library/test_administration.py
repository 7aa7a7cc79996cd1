"""Keys, webhooks and the audit log through the client library, with a key of the scope admin."""

from collections.abc import AsyncIterator

import pytest
from tests.support.api.clients import ApiClients
from tests.support.client_library.opening import Opener, key_of

from pushgate_client import AsyncPushgate, NotFound, Unauthorized


@pytest.fixture
async def admin(clients: ApiClients, address: str, opener: Opener) -> AsyncIterator[AsyncPushgate]:
    async with opener(address, key_of(clients.other)) as client:
        yield client


async def test_a_key_is_created_used_and_revoked(admin: AsyncPushgate, address: str, opener: Opener) -> None:
    created = await admin.keys.create({"scopes": ["read"], "name": "reports"})
    assert created["id"] in [one["id"] async for one in admin.keys.list(page_size=1)]
    async with opener(address, created["key"]) as reader:
        assert [one async for one in reader.messages.list()] == []
        await admin.keys.revoke(created["id"])
        with pytest.raises(Unauthorized):
            await anext(aiter(reader.messages.list()))


async def test_a_webhook_is_created_paused_and_deleted(admin: AsyncPushgate) -> None:
    created = await admin.webhooks.create({"url": "https://backend.example.com/hook", "types": ["*"]})
    assert created["secret"].startswith("whsec_")
    rotated = await admin.webhooks.rotate_secret(created["id"], overlap="1h")
    assert rotated["secret"] != created["secret"]
    assert (await admin.webhooks.pause(created["id"]))["pause_reason"] == "requested"
    assert (await admin.webhooks.resume(created["id"]))["paused_at"] is None
    assert [one["id"] for one in await admin.webhooks.list()] == [created["id"]]
    await admin.webhooks.delete(created["id"])
    with pytest.raises(NotFound):
        await admin.webhooks.get(created["id"])


async def test_the_audit_log_is_read_to_its_end_in_either_order(admin: AsyncPushgate) -> None:
    for number in range(3):
        await admin.keys.create({"scopes": ["read"], "name": f"k{number}"})
    oldest = [one["id"] async for one in admin.audit.list(action="key.created")]
    newest = [one["id"] async for one in admin.audit.list(action="key.created", order="newest")]
    assert len(oldest) >= 3
    assert newest == oldest[::-1]
    first = await admin.audit.read(action="key.created", limit=1)
    second = await admin.audit.read(first["after"], action="key.created", limit=1)
    assert [first["entries"][0]["id"], second["entries"][0]["id"]] == oldest[:2]
