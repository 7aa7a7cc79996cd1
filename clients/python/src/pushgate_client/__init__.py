"""Client of Pushgate: `Pushgate` and `AsyncPushgate`, with all calls by subject.

>>> from pushgate_client import Pushgate
>>> with Pushgate("http://127.0.0.1:8080", key) as pushgate:
...     message = pushgate.messages.send({"en": {"title": "Hello", "body": "World"}}, {"all": True})
...     print(pushgate.messages.results(message["id"])["accepted"])
"""

from pushgate_client.async_client import AsyncPushgate
from pushgate_client.client import Pushgate
from pushgate_client.errors import (
    ApiError,
    ConfigurationError,
    Conflict,
    ConnectionFailed,
    FieldError,
    Forbidden,
    InvalidRequest,
    InvalidSignature,
    NotFound,
    PushgateError,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from pushgate_client.version import __version__

__all__ = [
    "ApiError",
    "AsyncPushgate",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "FieldError",
    "Forbidden",
    "InvalidRequest",
    "InvalidSignature",
    "NotFound",
    "Pushgate",
    "PushgateError",
    "RateLimited",
    "Unauthorized",
    "Unavailable",
    "__version__",
]
