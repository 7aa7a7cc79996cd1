"""Anonymous registrations are limited by app and by client, in bounded memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pushgate.apps.catalog import ConfiguredApp
from pushgate.devices.anonymous_limits import MAX_CLIENTS, AnonymousLimits
from pushgate.domain.app import App
from pushgate.domain.errors import TooManyRegistrations

NOW = datetime(2026, 11, 28, tzinfo=UTC)
APP = ConfiguredApp(
    app=App("shop"),
    default_language="en",
    vendors={},
    max_anonymous_registrations=600,
    max_anonymous_registrations_per_client=6,
)


def taken(limits: AnonymousLimits, client: str, attempts: int, at: datetime = NOW) -> int:
    """How many of so many attempts succeed."""
    found = 0
    for _ in range(attempts):
        try:
            limits.take(APP, client, at)
        except TooManyRegistrations:
            continue
        found += 1
    return found


def test_a_client_has_its_own_allowance_which_grows_again() -> None:
    limits = AnonymousLimits()
    assert taken(limits, "192.0.2.1", 10) == 6
    assert taken(limits, "192.0.2.2", 10) == 6
    assert taken(limits, "192.0.2.1", 10, NOW + timedelta(seconds=10)) == 1
    assert taken(limits, "192.0.2.1", 10, NOW + timedelta(hours=1)) == 6


def test_a_clock_that_goes_back_gives_nothing() -> None:
    limits = AnonymousLimits()
    assert taken(limits, "192.0.2.1", 10) == 6
    assert taken(limits, "192.0.2.1", 10, NOW - timedelta(hours=1)) == 0


def test_the_limit_of_the_app_holds_for_any_number_of_clients() -> None:
    limits = AnonymousLimits()
    assert sum(taken(limits, f"client-{n}", 1) for n in range(3 * MAX_CLIENTS)) == 600
    assert len(limits._clients) <= MAX_CLIENTS


def test_refused_clients_take_nothing_from_the_app() -> None:
    limits = AnonymousLimits()
    assert taken(limits, "192.0.2.1", 5000) == 6
    assert sum(taken(limits, f"client-{n}", 1) for n in range(1000)) == 594


def test_a_trusted_proxys_own_requests_count_for_the_app_alone() -> None:
    assert taken(AnonymousLimits(), "", 1000) == 600


def test_apps_do_not_share_an_allowance() -> None:
    limits = AnonymousLimits()
    assert taken(limits, "192.0.2.1", 10) == 6
    limits.take(replace(APP, app=App("other")), "192.0.2.1", NOW)
