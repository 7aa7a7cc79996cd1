"""Meizu's `messageJson` and its signature."""

import json

import pytest
from tests.support.adapters.rendering import (
    MEIZU_SETTINGS,
)
from tests.support.adapters.samples import CONTENT, NOW, push

from pushgate.adapters.meizu import payload as meizu
from pushgate.adapters.meizu.settings import MeizuSettings
from pushgate.domain.errors import PayloadRejected


def test_pictures_are_for_vip_apps() -> None:
    """See docs/reference/vendors/meizu.md#options, docs/reference/vendors/index.md#features."""
    vip = MeizuSettings.model_validate({"app_id": "1", "app_secret": "s", "vip": True})
    message = json.loads(meizu.render(push(), vip, NOW))
    assert message["noticeExpandInfo"] == {"noticeExpandType": 2, "noticeExpandImgUrl": CONTENT.image}
    assert "noticeExpandInfo" not in json.loads(meizu.render(push(), MEIZU_SETTINGS, NOW))


def test_a_picture_and_an_expanded_text_exclude_each_other() -> None:
    """`noticeExpandType` is one of them. See docs/reference/vendors/meizu.md#options."""
    vip = MeizuSettings.model_validate({"app_id": "1", "app_secret": "s", "vip": True})
    both = push(meizu={"expanded": "All of it"})
    with pytest.raises(PayloadRejected) as caught:
        meizu.render(both, vip, NOW)
    assert caught.value.field == "options.meizu.expanded"
    message = json.loads(meizu.render(both, MEIZU_SETTINGS, NOW))
    assert message["noticeExpandInfo"] == {"noticeExpandType": 1, "noticeExpandContent": "All of it"}
