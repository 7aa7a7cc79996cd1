"""The page of sizes tells nothing that the settings refuse."""

from datetime import timedelta

import pytest
from docs.generator.sizing import SMALL, Small

from pushgate.settings.model import Settings


@pytest.mark.parametrize("small", SMALL, ids=lambda small: small.name)
def test_messages_are_kept_as_long_as_the_settings_allow(small: Small) -> None:
    results, content = timedelta(days=small.results), timedelta(days=small.content)
    settings = Settings(retention=results, content_retention=content)
    assert (settings.retention, settings.content_retention) == (results, content)
    assert 0 < small.seconds <= timedelta(days=1).total_seconds()
