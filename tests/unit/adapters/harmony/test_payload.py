"""HarmonyOS' pushes by type."""

import json
from datetime import timedelta

import pytest
from tests.support.adapters.rendering import (
    HARMONY_SETTINGS,
    refused,
    rendered,
)
from tests.support.adapters.samples import NOW, push

from pushgate.adapters.harmony import payload as harmony
from pushgate.domain.message import Content, Options

FORM = {
    "form_id": 1, "version": 1, "module_name": "m", "form_name": "f", "ability_name": "a", "form_data": {},
}  # fmt: skip


@pytest.mark.parametrize("kind", ["form", "voice", "voip", "live_view"])
def test_only_alerts_can_be_silent(kind: str) -> None:
    mores: dict[str, object] = {"form": FORM, "voip": {"scene": "voice"}, "live_view": ENDED}
    more: dict[str, object] = {"push_type": kind, **({kind: mores[kind]} if kind in mores else {})}
    given = push(options=Options(ttl=timedelta(hours=1), silent=True, vendors={"harmony": more}))
    assert refused("harmony", given).field == "options.harmony.push_type"


ENDED = {"activity_id": 1, "operation": "end", "event": "TAXI", "type": 4}


@pytest.mark.parametrize(("ttl", "expected"), [(0, 30), (10, 30), (45, 45), (3600, 60)])
def test_the_time_to_live_of_an_incoming_call_is_30_to_60_seconds(ttl: int, expected: int) -> None:
    """See docs/reference/vendors/harmony.md#options."""
    voip: dict[str, object] = {"push_type": "voip", "voip": {"scene": "voice"}}
    given = push(options=Options(ttl=timedelta(seconds=ttl), vendors={"harmony": voip}))
    _, before, after = harmony.render(given, HARMONY_SETTINGS, NOW)
    assert json.loads(before + after)["pushOptions"]["ttl"] == expected
    named = push(Content("t", "b", None, {"scene": "x"}), None, harmony=voip)
    assert refused("harmony", named).field == "content.data.scene"


def test_a_silent_push_has_no_collapse_key() -> None:
    """It is for types 0 and 2. See docs/reference/vendors/harmony.md#options."""
    given = push(options=Options(ttl=timedelta(hours=1), silent=True, collapse_key="sale"))
    assert "collapseKey" not in str(rendered("harmony", given))
