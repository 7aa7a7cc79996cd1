import pytest
from tests.support.console.results import message

from pushgate.console.titles import Title, largest_audiences, other_title, title_of

SALE, CHINESE = Title("Sale", "en"), Title("特卖", "zh-Hans")


@pytest.mark.parametrize(("language", "shown", "beside"), [("en", SALE, CHINESE), ("zh", CHINESE, SALE)])
def test_a_message_is_called_by_its_title_in_the_readers_language(
    language: str, shown: Title, beside: Title
) -> None:
    assert title_of(message(), language) == shown
    assert other_title(message(), language) == beside


def test_without_the_readers_language_the_default_is_shown() -> None:
    content = {tag: {"title": "", "body": f"in {tag}"} for tag in ("fr", "de")}
    german = message(content=content, default_language="de")
    assert title_of(german, "en") == Title("in de", "de")
    assert other_title(german, "zh") == Title("in fr", "fr")


def test_a_message_whose_content_was_dropped_has_no_title() -> None:
    assert title_of(message(content=None), "en") == Title("", "")
    assert other_title(message(content=None), "en") is None


def test_messages_to_many_come_before_those_to_short_lists() -> None:
    order = message(id="order", audience={"users": 1})
    sale, list_of_many = message(id="sale"), message(id="many", audience={"terminals": 65})
    found = largest_audiences([order, sale, list_of_many, message(id="dropped", audience=None)])
    assert [one["id"] for one in found] == ["sale", "many", "dropped", "order"]
