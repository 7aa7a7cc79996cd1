"""Huawei's v2 is called with a service account or a project."""

import pytest
from tests.support.adapters.sending import sent, token
from tests.support.apps import open_adapters
from tests.support.sandbox import Sandbox

from pushgate.domain.clock import SystemClock
from pushgate.domain.outcome import Outcome
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.sandbox.service_accounts import ServiceAccount
from pushgate.settings.loading import parse


@pytest.mark.parametrize("with_account", [True, False])
async def test_v2_is_called_with_a_service_account_or_a_project(with_account: bool, sandbox: Sandbox) -> None:
    """See docs/reference/vendors/huawei.md#credentials."""
    account = ServiceAccount(sandbox.credentials)
    section = {**sandbox.sections()["huawei"], "project_id": account.project_id}
    if with_account:
        section = {key: value for key, value in section.items() if key not in ("app_secret", "project_id")}
        section["service_account_file"] = str(account.file)
    adapter = open_adapters(
        parse({"apps": {"shop": {"huawei": section}}}),
        SystemClock(),
        NoCredentialStore(),
        CallbackTokens(b""),
    )["shop", "huawei"]
    verdicts, error = await sent(adapter, [token(1), token(2, dead=True)])
    await adapter.close()
    assert error is None
    assert [verdicts[n].outcome for n in range(2)] == [Outcome.ACCEPTED, Outcome.INVALID]
    paths = {str(item["path"]) for item in sandbox.received(vendor="huawei", token=token(1))}
    assert paths == {f"/v2/{account.project_id}/messages:send"}
