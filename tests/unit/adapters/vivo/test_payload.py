"""vivo's content."""

import pytest
from tests.support.adapters.samples import NOW, push

from pushgate.adapters.vivo.payload import render
from pushgate.adapters.vivo.settings import VivoSettings
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content


def test_widths_are_settings() -> None:
    written = {
        "app_id": 1,
        "app_key": "k",
        "app_secret": "s",
        "max_title_width": 80,
        "max_content_width": 200,
    }
    settings = VivoSettings.model_validate(written)
    render(push(Content("中" * 40, "中" * 100)), settings, NOW)
    for longer in (Content("中" * 41, "b"), Content("t", "中" * 101)):
        with pytest.raises(PayloadRejected, match="width"):
            render(push(longer), settings, NOW)
