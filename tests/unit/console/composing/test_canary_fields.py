"""A canary as the form and as the options of a message."""

from typing import Any

import pytest

from pushgate.console.composing.documents import read_document, write_document
from pushgate.console.composing.message_form import CanaryForm, ContentForm, MessageForm
from pushgate.console.composing.posted_fields import read_fields

CANARY = CanaryForm(
    share="0.5", wait="10m", hold_if={"rejected": "5", "clicks_below": "0.1"}, slower_if={"gone": "2"}
)


def form(canary: CanaryForm) -> MessageForm:
    return MessageForm(contents={"en": ContentForm(title="Sale")}, fallback="en", canary=canary)


@pytest.mark.parametrize(
    ("canary", "options"),
    [
        (CanaryForm(), None),
        (CanaryForm(share="1", wait="1h"), {"canary": {"share": 1, "wait": "1h"}}),
        (
            CANARY,
            {
                "canary": {
                    "share": 0.5,
                    "wait": "10m",
                    "hold_if": {"rejected": 5, "clicks_below": 0.1},
                    "slower_if": {"gone": 2},
                }
            },
        ),
        (CanaryForm(share="few"), {"canary": {"share": "few", "wait": ""}}),
    ],
    ids=["none", "without limits", "with limits", "no number"],
)
def test_what_is_written_is_read_back(canary: CanaryForm, options: dict[str, Any] | None) -> None:
    document = write_document(form(canary))
    assert document.get("options") == options
    found = read_document(document, zone="UTC", language="en")
    assert found.canary == canary
    assert not found.vendor_options


def test_posted_fields_are_the_form() -> None:
    posted = [
        ("canary.share", " 0.5 "),
        ("canary.wait", "10m"),
        ("canary.hold_if.rejected", "5"),
        ("canary.hold_if.muted", ""),
        ("canary.hold_if.clicks_below", "0.1"),
        ("canary.slower_if.gone", "2"),
    ]
    assert read_fields(posted, zone="UTC", language="en").canary == CANARY
