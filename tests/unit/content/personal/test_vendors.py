"""What is filled in is what each vendor would be sent if the values were written into the message,
byte for byte.
"""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import assume, event, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.support.adapters.option_pushes import PUSHES_WITH_OPTIONS
from tests.support.adapters.personal_rendering import BYTES, renderer
from tests.support.adapters.quick_pushes import pushes
from tests.support.adapters.samples import push

from pushgate.adapters.contract import Push
from pushgate.adapters.registry import vendors
from pushgate.content.personal.filling import PersonalContent
from pushgate.content.personal.syntax import Source, ValueName
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Content, Options

NAME, CITY = ValueName(Source.ATTRIBUTE, "name"), ValueName(Source.USER, "city")
TITLES = ["Hi {{ name }}", "{{ name }}", '100 % "{{ name }}" \\ {{ name | upper }}', "Sale"]
BODIES = ["{{ user.city }}: {{ name }}, {{ name }}!", "Today %s %% only", "{{ name | truncate: 9 }}"]
URLS = [None, "shop://sale/{{ name }}", "https://shop.example/?c={{ user.city }}&n={{ name }}"]
HOSTILE = [
    'a"},"x":{"y":"', "\\", "\\u0022", '\\"', "%22%5C", "&title=x", "+ a", "</b>", "a;end", "\U000f0000\"",
    "\u2028",
    "\U0001f468\u200d\U0001f469", "中文" * 9, "{{ name }}", "%s", "%(a)s", "é", "\u202eabc", "\ud7ff",
]  # fmt: skip
_values = st.lists(
    st.tuples(*[st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=40)] * 2), min_size=1, max_size=6
)
_data = st.dictionaries(
    st.sampled_from(["a", "page"]), st.sampled_from(["{{ name }}", '{"n": "{{ user.city }}"}', "x"])
)
_contents = st.builds(
    Content,
    title=st.sampled_from(TITLES),
    body=st.sampled_from(BODIES),
    data=_data,
    url=st.sampled_from(URLS),
)


def check(name: str, given_push: Push, content: Content, rows: Sequence[tuple[str, str]]) -> int:
    """Compare all rows, and return how many were filled without rendering the whole push."""
    personal = PersonalContent(content, "en")
    columns = {NAME: [f"s:{row[0]}" for row in rows], CITY: [f"s:{row[1]}" for row in rows]}
    texts = personal.texts(columns, len(rows))
    render = renderer(name, given_push)
    compiled = personal.compile(render)
    if compiled is None:
        return 0
    filled = compiled.fill(texts)
    assert len(filled.middles) == len(texts.indexes)
    for position, middle in enumerate(filled.middles):
        if position not in filled.whole:
            whole = render(personal.content(texts, position))
            assert compiled.before + middle + compiled.after == whole
    return len(filled.middles) - len(filled.whole)


@pytest.mark.parametrize("name", BYTES)
@settings(max_examples=60)
@given(content=_contents, rows=_values)
@example(
    Content(TITLES[2], BODIES[0], data={"a": '{"n": "{{ user.city }}"}'}, url=URLS[2]), [("a / b+c", '"')]
)
def test_hostile_values_are_escaped_for_every_vendor(
    name: str, content: Content, rows: list[tuple[str, str]]
) -> None:
    check(name, push(content), content, rows)


@pytest.mark.parametrize("name", BYTES)
def test_short_contents_of_all_vendors_are_filled_without_rendering_them_whole(name: str) -> None:
    content = Content("Hi {{ name }}", "{{ user.city }} waits", data={"n": "{{ name }}"})
    assert check(name, push(content), content, [("Ann", "Rome"), ('"', "\\"), ("李雷", "北京")]) == 3


@pytest.mark.parametrize("name", sorted(PUSHES_WITH_OPTIONS))
@pytest.mark.parametrize("row", [("Ann", "Rome"), ('"\\%', "+ &")])
def test_pushes_with_a_vendors_own_options_are_filled(name: str, row: tuple[str, str]) -> None:
    given_push = PUSHES_WITH_OPTIONS[name]
    content = replace(
        given_push.content, title="{{ name }}", body="In {{ user.city }}", data={"k": "{{ name }}"}
    )
    assert check(name.partition("-")[0], given_push, content, [row]) == 1


@pytest.mark.parametrize("vendor", vendors())
@settings(max_examples=60)
@given(given_push=pushes(), rows=_values)
def test_pushes_around_the_limits_are_filled_or_left_to_a_whole_rendering(
    vendor: str, given_push: Push, rows: list[tuple[str, str]]
) -> None:
    content = given_push.content
    content = replace(content, title="{{ name }}" + content.title, body=content.body + " {{ user.city }}")
    assume("{{" not in content.body[:-16])
    event(f"filled {check(vendor, given_push, content, rows)} of {len(rows)}")


@pytest.mark.parametrize(("vendor", "longest"), [("xiaomi", 46), ("meizu", 29), ("oppo", 47)])
def test_a_value_that_is_too_long_for_the_vendor_is_left_to_a_whole_rendering(
    vendor: str, longest: int
) -> None:
    content = Content("Hi {{ name }}", "b")
    personal, render = PersonalContent(content, "en"), renderer(vendor, push(content))
    compiled = personal.compile(render)
    assert compiled is not None
    texts = personal.texts({NAME: ["s:" + "x" * longest, "s:" + "x" * (longest + 1)]}, 2)
    assert compiled.fill(texts).whole == [1]
    with pytest.raises(PayloadRejected):
        render(personal.content(texts, 1))


def test_a_content_that_hardly_fits_is_rendered_whole() -> None:
    content = Content("{{ name }}".ljust(41, "x") + "{{ name }}", "b")
    assert PersonalContent(content, "en").compile(renderer("meizu", push(content))) is None


def test_a_silent_push_whose_text_is_not_sent_needs_no_values_in_its_bytes() -> None:
    content = Content("{{ name }}", "b", data={"k": "v"})
    silent = push(content, Options(ttl=timedelta(hours=1), silent=True))
    compiled = PersonalContent(content, "en").compile(renderer("apns", silent))
    assert compiled is not None
    assert compiled.after == b""
