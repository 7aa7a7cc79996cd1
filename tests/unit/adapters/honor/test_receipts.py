"""Honor's receipts."""

import pytest
from tests.support.adapters.receipts import statuses, v1

from pushgate.adapters.honor import adapter as honor
from pushgate.adapters.honor.settings import HonorSettings
from pushgate.adapters.receipts import ReportedEvent
from pushgate.adapters.vendor import AdapterContext
from pushgate.domain.clock import SystemClock
from pushgate.http2.credentials import NoCredentialStore


@pytest.mark.parametrize(
    ("section", "delivered"),
    [
        ({}, [True, True, False, False]),
        ({"delivered_statuses": [40000002]}, [False, True, False, False]),
        ({"delivered_statuses": [2]}, [False, False, True, False]),
    ],
)
def test_the_settings_say_which_statuses_mean_delivered(
    section: dict[str, object], delivered: list[bool]
) -> None:
    """They are not confirmed, so both forms count unless the section says. See
    docs/reference/vendors/honor.md#receipts.
    """
    written = {"app_id": "1", "client_id": "1", "client_secret": "s", **section}
    settings = HonorSettings.model_validate(written)
    parser = honor.Honor(settings, AdapterContext("shop", SystemClock(), NoCredentialStore())).receipt_parser
    assert parser
    read = [parser.parse(statuses(v1(status))) for status in (0, 40000002, 2, 40000015)]
    assert [[notice.event for notice in some] for some in read] == [
        [ReportedEvent.DELIVERED] if arrived else [] for arrived in delivered
    ]
