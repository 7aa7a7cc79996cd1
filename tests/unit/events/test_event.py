"""Events as their readers get them; those of the reference are true."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from pushgate.api.schemas.events import Event as EventSchema
from pushgate.domain.app import App
from pushgate.domain.event_type import EventType
from pushgate.domain.message import Status
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.eventlog.entries import (
    AppEvent,
    EntryId,
    Gap,
    LargeMoves,
    LargePlanned,
    LargeReceipts,
    MessageChanged,
    Part,
    Registered,
    Snapshot,
    StepTold,
)
from pushgate.events.cursor import Place
from pushgate.events.drafts import TerminalPlace, drafts_of
from pushgate.events.event import Origin, make_event
from pushgate.events.message_facts import NO_FACTS
from pushgate.events.named_terminal import NamedTerminal
from pushgate.events.shard_rows import ShardRows
from pushgate.events.wanted import Form, Wanted

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "events.md"
TEXT = DOCUMENT.read_text("utf-8")
EXAMPLES: list[dict[str, Any]] = [
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
]
AT = datetime(2026, 12, 24, 12, tzinfo=UTC)
ORIGIN = Origin(App("shop"), 0, "1795896395-42", AT)
COUNTS = {"apns/en": {"targeted": 3, "accepted": 3}}
LABEL = "apns|invalid|Unregistered|dead"
MOVES = LargeMoves("m", 0, "apns/en", State.PENDING, State.INVALID, LABEL, 0b11)
EXPIRING = dict.fromkeys(("vendor", "credential", "fingerprint", "expires_at", "days"), "x")
PARTS: list[tuple[Part, Form]] = [
    (MOVES, Form.COMPACT),
    (MOVES, Form.EXPANDED),
    (LargeReceipts("m", 0, "apns/en", ReceiptKind.CLICKED, 1), Form.COMPACT),
    (StepTold(message_id="m", block=0, group="apns/en", step=2, unless="delivered", slots=1), Form.COMPACT),
    (Registered("fcm/de", [4]), Form.EXPANDED),
    (MessageChanged("m", Status.SENT), Form.COMPACT),
    (AppEvent("message.held", {"message": "m", "vendor": "apns", "code": "c", "reason": "r"}), Form.COMPACT),
    (LargePlanned("m", "apns/en", 7), Form.COMPACT),
    (AppEvent("message.decided", {"message": "m", "variant": "b", "ground": "race"}), Form.COMPACT),
    (Snapshot("m", COUNTS), Form.COMPACT),
    (AppEvent("vendor.down", {"vendor": "apns", "code": "c", "reason": "r"}), Form.COMPACT),
    (AppEvent("credential.expiring", EXPIRING), Form.COMPACT),
]


def told(part: Part, form: Form) -> dict[str, Any]:
    """The first event of a part, as JSON."""
    draft = next(drafts_of(part, 1, 0, {}, form))
    facts = NO_FACTS if form is Form.EXPANDED and draft.repeats_message else None
    found: dict[str, Any] = orjson.loads(make_event(ORIGIN, draft, {}, facts).json)
    return found


def gaps() -> list[dict[str, Any]]:
    """The events of a store that went back."""
    place = Place(EntryId(1, 7))
    rows = ShardRows(
        app=ORIGIN.app, shard=0, wanted=Wanted(frozenset(EventType)), room=10, place=place, until=None
    )
    rows.add_gap(Gap(place.entry, EntryId(2, 0), "rolled_back"), AT)
    return [orjson.loads(make_event(row.origin, row.draft, {}, None).json) for row in rows.rows]


def test_examples_of_the_reference_have_the_fields_of_real_events() -> None:
    real = [*(told(part, form) for part, form in PARTS), *gaps()]
    assert [(one["type"], list(one)) for one in EXAMPLES] == [(one["type"], list(one)) for one in real]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["id"])
def test_examples_of_the_reference_are_as_the_interface_describes_events(example: dict[str, Any]) -> None:
    EventSchema.model_validate_json(json.dumps(example))
    assert set(example) <= {field.alias or name for name, field in EventSchema.model_fields.items()}
    assert example["id"].startswith(f"{example['app']}.{example['shard']}.")


def test_the_reference_names_every_type() -> None:
    assert [one for one in EventType if f"`{one.value}`" not in TEXT] == []


def test_an_erased_persons_terminal_has_no_name() -> None:
    place = TerminalPlace(0, 0)
    names = {place: NamedTerminal(erased=True), TerminalPlace(0, 1): NamedTerminal("phone", "mira")}
    compact, *_ = drafts_of(MOVES, 1, 0, {}, Form.COMPACT)
    assert orjson.loads(make_event(ORIGIN, compact, names, None).json)["terminals"] == [None, "phone"]
    single, *_ = drafts_of(MOVES, 1, 0, {}, Form.EXPANDED)
    event = orjson.loads(make_event(ORIGIN, single, names, None).json)
    assert (event["terminal"], event["user"], event["erased"]) == (None, None, True)


def test_fields_of_an_app_event_replace_no_others() -> None:
    event = told(AppEvent("vendor.down", {"id": "x", "app": "y", "reason": "z"}), Form.COMPACT)
    assert (event["id"], event["app"], event["reason"]) == ("shop.0.1795896395-42.1", "shop", "z")
