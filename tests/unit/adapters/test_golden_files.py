"""What each vendor is sent, against golden files that were read against the vendors' documents."""

import json
from pathlib import Path

import pytest
from tests.support.adapters.option_pushes import PUSHES_WITH_OPTIONS
from tests.support.adapters.rendering import (
    rendered,
)
from tests.support.adapters.samples import CALLBACK, push

from pushgate.adapters.registry import vendors

GOLDEN = Path(__file__).parent / "golden"


PLAIN = push()


@pytest.mark.parametrize("vendor", vendors())
def test_a_plain_push_matches_its_golden_file(vendor: str) -> None:
    assert (
        rendered(vendor, PLAIN) == json.loads((GOLDEN / f"{vendor}-plain.json").read_text("utf-8"))["request"]
    )


@pytest.mark.parametrize("name", PUSHES_WITH_OPTIONS)
def test_a_push_with_options_matches_its_golden_file(name: str) -> None:
    expected = json.loads((GOLDEN / f"{name}-rich.json").read_text("utf-8"))["request"]
    assert rendered(name.partition("-")[0], PUSHES_WITH_OPTIONS[name]) == expected


@pytest.mark.parametrize("vendor", vendors())
def test_every_option_is_in_a_golden_file(vendor: str) -> None:
    seen = {
        option
        for name, given in PUSHES_WITH_OPTIONS.items()
        if name.partition("-")[0] == vendor
        for option in given.options.vendors.get(vendor, {})
    }
    assert vendors()[vendor].options.model_fields.keys() == seen


@pytest.mark.parametrize("vendor", vendors())
def test_the_callback_token_and_the_data_reach_the_client(vendor: str) -> None:
    text = json.dumps(rendered(vendor, PLAIN))
    assert CALLBACK in text
    assert "page" in text
