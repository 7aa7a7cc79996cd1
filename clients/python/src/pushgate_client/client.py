"""The client: all calls by subject.

Made from `async_client.py` by `make clients`; do not edit.
"""

from __future__ import annotations

from typing import Self

import httpx

from pushgate_client.apps import Apps
from pushgate_client.audiences import Audiences
from pushgate_client.audit import Audit
from pushgate_client.devices import Devices
from pushgate_client.drafts import Drafts
from pushgate_client.events import Events
from pushgate_client.keys import Keys
from pushgate_client.marked_terminals import MarkedTerminals
from pushgate_client.messages import Messages
from pushgate_client.operations import Operations
from pushgate_client.reports import Reports
from pushgate_client.schedules import Schedules
from pushgate_client.templates import Templates
from pushgate_client.terminals import Terminals
from pushgate_client.transport import Transport
from pushgate_client.users import Users
from pushgate_client.webhook_subscriptions import WebhookSubscriptions


class Pushgate:
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
        http: httpx.Client | None = None,
    ) -> None:
        self.transport = Transport(url, key, timeout=timeout, max_attempts=max_attempts, http=http)
        self.messages = Messages(self.transport)
        self.drafts = Drafts(self.transport)
        self.templates = Templates(self.transport)
        self.schedules = Schedules(self.transport)
        self.audiences = Audiences(self.transport)
        self.terminals = Terminals(self.transport)
        self.marked_terminals = MarkedTerminals(self.transport)
        self.users = Users(self.transport)
        self.devices = Devices(self.transport)
        self.reports = Reports(self.transport)
        self.events = Events(self.transport)
        self.webhooks = WebhookSubscriptions(self.transport)
        self.apps = Apps(self.transport)
        self.keys = Keys(self.transport)
        self.audit = Audit(self.transport)
        self.operations = Operations(self.transport)

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
