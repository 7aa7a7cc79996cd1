"""A personal content at a vendor that takes many tokens: rendered once for each distinct text."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.apps import SilentAdapter

from pushgate.adapters.contract import PreparedPush, Push
from pushgate.domain.errors import PayloadRejected, VendorError
from pushgate.domain.message import Content, OnMissing, Options, Personal
from pushgate.domain.outcome import FailureCode
from pushgate.terminals.addressed import Addressed
from pushgate.worker.personal_push import Filled, PersonalMessage, PersonalPush

NOW = datetime(2030, 1, 1, tzinfo=UTC)
MAX_TITLE = 20


class TitlePush:
    """A push whose rendering is its title."""

    def __init__(self, title: str) -> None:
        self._title = title

    def rendering_for(self, token: bytes) -> str:
        return self._title


class TitleAdapter(SilentAdapter):
    """Takes short titles, and remembers what it rendered."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    def prepare(self, push: Push, now: datetime) -> PreparedPush:
        title = push.content.title
        self.titles.append(title)
        if (excess := len(title) - MAX_TITLE) > 0:
            raise PayloadRejected(FailureCode.TOO_LONG, "content.title", f"has {len(title)}", excess=excess)
        return TitlePush(title)  # type: ignore[return-value]  # nothing is sent


def personal_push(adapter: TitleAdapter, title: str, own: Personal | None = None) -> PersonalPush:
    push = Push(
        message_id="m",
        content=Content(title, "Today"),
        options=Options(ttl=timedelta(hours=1)),
        expires_at=NOW + timedelta(hours=1),
        callback="c",
    )
    return PersonalPush(adapter, "xiaomi", PersonalMessage.of(push, "en", own or Personal(), None), NOW)


def fill(push: PersonalPush, names: Sequence[str | None]) -> Filled:
    """Fill it for terminals with these names, which are numbered from 100."""
    count = len(names)
    own: list[tuple[str | None, ...]] = [(f"s:{name}" if name else None,) for name in names]
    tokens = [b"k%d" % number for number in range(count)]
    found = Addressed(list(range(count)), tokens, [None] * count, own, [(None,)] * count)
    return push.fill(found, range(100, 100 + count))


def shown(filled: Filled) -> dict[int, object]:
    """The title that each terminal gets."""
    return dict(filled.renderings)


def test_equal_texts_are_rendered_once() -> None:
    adapter = TitleAdapter()
    push = personal_push(adapter, "Hi {{ name }}")
    adapter.titles.clear()
    filled = fill(push, ["Ann", "Bob", "Ann"])
    assert shown(filled) == {100: "Hi Ann", 101: "Hi Bob", 102: "Hi Ann"}
    assert shown(fill(push, ["Bob"])) == {100: "Hi Bob"}
    assert adapter.titles == ["Hi Ann", "Hi Bob"]


def test_what_is_kept_is_bounded() -> None:
    adapter = TitleAdapter()
    push = personal_push(adapter, "Hi {{ name }}")
    for number in range(500):
        fill(push, [f"n{number}"])
    adapter.titles.clear()
    fill(push, [f"n{number}" for number in range(500)])
    assert len(adapter.titles) > 400


def test_the_reasons_of_failures_are_few_and_hold_no_value() -> None:
    push = personal_push(TitleAdapter(), "Hi {{ name }}")
    filled = fill(push, ["Ann", None, "x" * 30, None, "y" * 40])
    assert shown(filled) == {100: "Hi Ann"}
    assert {failure.code: slots for failure, slots in filled.rejected.items()} == {
        "missing_value": [101, 103],
        "too_long": [102, 104],
    }
    assert not any("x" * 5 in failure.reason or "4" in failure.reason for failure in filled.rejected)


def test_a_fallback_that_the_vendor_does_not_take_is_a_failure() -> None:
    own = Personal(on_missing=OnMissing.FALLBACK, fallback={"en": Content("z" * 30, "Today")})
    filled = fill(personal_push(TitleAdapter(), "Hi {{ name }}", own), ["Ann", None])
    assert shown(filled) == {100: "Hi Ann"}
    assert [(failure.code, slots) for failure, slots in filled.rejected.items()] == [("too_long", [101])]


def test_a_content_of_a_later_version_waits() -> None:
    with pytest.raises(VendorError, match="version"):
        personal_push(TitleAdapter(), "Hi {{ name | shout }}")
