"""Which values a content needs, who lacks one, and what terminals have in common."""

from pushgate.content.personal.filling import PersonalContent
from pushgate.content.personal.syntax import Source, ValueName
from pushgate.content.personal.values import look_up
from pushgate.domain.message import Content

NAME, CITY = ValueName(Source.ATTRIBUTE, "name"), ValueName(Source.VALUES, "city")
CONTENT = Content("Hi {{ name }}", "{{ values.city }} {{ name | upper }}", data={"k": "{{ values.city }}"})


def test_each_value_is_wanted_once() -> None:
    assert PersonalContent(CONTENT, "en").names == (NAME, CITY)
    assert PersonalContent(Content("t", "b"), "en").names == ()


def test_a_terminal_without_a_value_is_missing_with_its_name() -> None:
    personal = PersonalContent(CONTENT, "en")
    texts = personal.texts({NAME: ["s:Ann", None, "s:Bob", "s: "], CITY: ["s:Rome", "s:Oslo", None, None]}, 4)
    assert list(texts.indexes) == [0]
    assert texts.missing == [(1, NAME), (2, CITY), (3, NAME)]
    assert personal.content(texts, 0) == Content("Hi Ann", "Rome ANN", data={"k": "Rome"})


def test_values_in_addresses_are_percent_encoded() -> None:
    personal = PersonalContent(Content("{{ name }}", "b", url="https://a/?n={{ name }}#x"), "en")
    texts = personal.texts({NAME: ["s:a/b &c@d"]}, 1)
    assert personal.content(texts, 0) == Content("a/b &c@d", "b", url="https://a/?n=a%2Fb%20%26c%40d#x")


def test_terminals_that_get_the_same_are_grouped() -> None:
    personal = PersonalContent(Content("{{ name | default: 'you' }}", "b"), "en")
    texts = personal.texts({NAME: ["s:Ann", None, "s:Ann", "s:you", "s:Bob"]}, 5)
    distinct, positions = texts.grouped()
    assert positions == [[0, 2], [1, 3], [4]]
    assert [personal.content(distinct, number).title for number in range(3)] == ["Ann", "you", "Bob"]
    assert distinct.indexes == [0, 1, 4]


def test_all_terminals_get_the_same_content_without_placeholders() -> None:
    personal = PersonalContent(Content("t", "b"), "en")
    _, positions = personal.texts({}, 3).grouped()
    assert positions == [[0, 1, 2]]


def test_a_placeholder_that_stands_twice_is_filled_at_both_places() -> None:
    personal = PersonalContent(Content("{{ name }} %s", "{{ name }}%{{ values.city }}{{ name }}"), "en")
    compiled = personal.compile(lambda content: f"[{content.title}|{content.body}]".encode())
    assert compiled is not None
    texts = personal.texts({NAME: ["s:Ann", "s:Bob"], CITY: ["s:Rome", "s:Oslo"]}, 2)
    filled = compiled.fill(texts)
    assert compiled.before + filled.middles[1] + compiled.after == b"[Bob %s|Bob%OsloBob]"
    assert filled.whole == []


def test_a_vendor_whose_bytes_change_below_the_length_of_a_mark_is_rendered_whole() -> None:
    """Marks stand for values while a push is rendered, and have two characters."""
    personal = PersonalContent(Content("{{ name }}", "b"), "en")
    assert personal.compile(lambda content: f"{len(content.title) > 1}{content.title}".encode()) is None


def test_a_vendor_that_writes_content_in_an_unknown_way_is_rendered_whole() -> None:
    personal = PersonalContent(Content("{{ name }}", "b"), "en")
    assert personal.compile(lambda content: content.title[::-1].encode()) is None


def test_a_value_comes_from_where_its_name_says() -> None:
    terminal, user, values = {"name": "s:t"}, {"name": "s:u", "plan": "s:p"}, {"city": "s:c"}
    assert look_up(NAME, terminal, user, values) == "s:t"
    assert look_up(NAME, {}, user, values) == "s:u"
    assert look_up(ValueName(Source.USER, "name"), terminal, user, values) == "s:u"
    assert look_up(ValueName(Source.USER, "name"), terminal, {}, values) is None
    assert look_up(CITY, terminal, user, values) == "s:c"
    assert look_up(ValueName(Source.VALUES, "name"), terminal, user, values) is None


def test_a_value_that_shows_nothing_is_lacking_also_where_a_default_stands_in() -> None:
    content = Content("{{ name | default: 'you' }}", "{{ name }} {{ values.city | number | default: 'x' }}")
    personal = PersonalContent(content, "en")
    assert personal.lacking(NAME, ["s:Ann", None, "s:", "s: \x00 ", "b:1"]) == {1, 2, 3}
    assert personal.lacking(CITY, ["s:Rome", "n:4", None]) == {0, 2}
