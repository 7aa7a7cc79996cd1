"""The best hour of an app, for terminals without a known click."""

from dataclasses import replace
from typing import NamedTuple

from msgspec import structs

from pushgate.domain.app import App
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Message
from pushgate.stores import Stores

_UNKNOWN = FieldError(
    "push_time.fallback",
    "is missing, and no click in these hours is known yet: terminals get the message in the first hour; "
    "give a local time such as 10:00",
)


class AppHour(NamedTuple):
    """The best hour (UTC) of all terminals of an app; None where no click is known."""

    hour: int | None

    def put(self, message: Message) -> tuple[Message, list[FieldError]]:
        """Return a message to the best hour with the app's best hour, for terminals whose own is
        unknown, and the warnings for its sender. Any other message is returned unchanged.
        """
        family = message.family
        if family is None or family.best_hour is None or family.best_hour.fallback:
            return message, []
        best_hour = replace(family.best_hour, app_hour=self.hour)
        with_hour = structs.replace(message, family=replace(family, best_hour=best_hour))
        return with_hour, [_UNKNOWN] if self.hour is None else []


async def read_app_hour(stores: Stores, app: App, message: Message) -> AppHour:
    """Return the best hour of the app, where a message needs it. Raises EngineUnavailable."""
    family = message.family
    if family is None or family.best_hour is None or family.best_hour.fallback:
        return AppHour(None)
    return AppHour(await stores.click_hours.best_of_app(app, family.best_hour))
