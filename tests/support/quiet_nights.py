"""Apps with quiet hours at night, and terminals in zones where night falls one after another."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tests.support.apps import capped_app, limited_app
from tests.support.scheduler import SchedulerParts
from tests.support.small_scheduler import SmallScheduler

from pushgate.domain.app import App
from pushgate.domain.message import Category, InQuietHours, Options
from pushgate.domain.terminal import Terminal

NIGHT = {"begin": "22:00", "end": "08:00"}
ZONES = ("Asia/Shanghai", "Europe/Paris", "Asia/Kathmandu")
HOUR = timedelta(hours=1)
NEWS = Options(category=Category.NEWS, quiet_hours=InQuietHours.HOLD)
YEAR = datetime.now(UTC).year + 1
EVENING = datetime(YEAR, 1, 15, 15, 30, tzinfo=UTC)
"""23:30 in Shanghai, 21:15 in Kathmandu, 16:30 in Paris, 10:30 in New York."""
MORNING = datetime(YEAR, 1, 16, 0, 0, tzinfo=UTC)
"""08:00 in Shanghai."""


def terminal(number: int, language: str = "en") -> Terminal:
    """A terminal in one of the zones, by turns."""
    return Terminal(f"t{number}", "apns", f"{number:032x}", language, timezone=ZONES[number % len(ZONES)])


def begin_evening(
    scheduler: SchedulerParts | SmallScheduler,
    app: App,
    *,
    zone: str = "America/New_York",
    category: str = "all",
    caps: Mapping[str, int] | None = None,
    per_device: int = 0,
) -> None:
    """It is evening, and pushes of the app that have this category are quiet at night. `zone` is
    that of terminals that have none of their own. With `per_device`, the app has Huawei and FCM as
    `limited_app`.
    """
    scheduler.clock.at = EVENING
    settings = {"quiet_hours": {category: NIGHT}, "timezone": zone}
    configured = capped_app(app, caps or {}, **settings)
    if per_device:
        configured = limited_app(app, caps or {}, per_device, **settings)
    scheduler.context.catalog.change({app.name: configured})
