"""The client: all calls by subject. `client.py` is made from this file."""

from __future__ import annotations

from typing import Self

import httpx

from pushgate_client.async_apps import AsyncApps
from pushgate_client.async_audiences import AsyncAudiences
from pushgate_client.async_audit import AsyncAudit
from pushgate_client.async_devices import AsyncDevices
from pushgate_client.async_drafts import AsyncDrafts
from pushgate_client.async_events import AsyncEvents
from pushgate_client.async_keys import AsyncKeys
from pushgate_client.async_marked_terminals import AsyncMarkedTerminals
from pushgate_client.async_messages import AsyncMessages
from pushgate_client.async_operations import AsyncOperations
from pushgate_client.async_reports import AsyncReports
from pushgate_client.async_schedules import AsyncSchedules
from pushgate_client.async_templates import AsyncTemplates
from pushgate_client.async_terminals import AsyncTerminals
from pushgate_client.async_transport import AsyncTransport
from pushgate_client.async_users import AsyncUsers
from pushgate_client.async_webhook_subscriptions import AsyncWebhookSubscriptions


class AsyncPushgate:
    """One Pushgate, with one API key.

    `url` and `key` default to PUSHGATE_URL and PUSHGATE_KEY. `timeout` is in seconds, for each
    attempt. A call is attempted up to `max_attempts` times where repeating is safe. `http` takes
    the place of the client's own connections, for proxies or certificates; its timeouts hold, and
    it is not closed. Close the client, or use it as a context manager. Raises ConfigurationError.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = 30.0,
        max_attempts: int = 5,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self.transport = AsyncTransport(url, key, timeout=timeout, max_attempts=max_attempts, http=http)
        self.messages = AsyncMessages(self.transport)
        self.drafts = AsyncDrafts(self.transport)
        self.templates = AsyncTemplates(self.transport)
        self.schedules = AsyncSchedules(self.transport)
        self.audiences = AsyncAudiences(self.transport)
        self.terminals = AsyncTerminals(self.transport)
        self.marked_terminals = AsyncMarkedTerminals(self.transport)
        self.users = AsyncUsers(self.transport)
        self.devices = AsyncDevices(self.transport)
        self.reports = AsyncReports(self.transport)
        self.events = AsyncEvents(self.transport)
        self.webhooks = AsyncWebhookSubscriptions(self.transport)
        self.apps = AsyncApps(self.transport)
        self.keys = AsyncKeys(self.transport)
        self.audit = AsyncAudit(self.transport)
        self.operations = AsyncOperations(self.transport)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
