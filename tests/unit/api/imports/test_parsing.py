"""The fast reading of a line and the schema have one set of rules."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.apps import configured_app, configured_vendor

from pushgate.api.http import validate
from pushgate.api.imports.parsing import Line, LineParser
from pushgate.api.json_text import repeated_keys
from pushgate.api.mapping.terminals import check_configured, to_imported
from pushgate.api.partial_checks import terminal_checks
from pushgate.api.schemas.terminals import TerminalLine
from pushgate.domain.app import App
from pushgate.domain.errors import InvalidRequest, UnreadableBody
from pushgate.domain.terminal import Terminal

NOW = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
SHOP = configured_app(App("shop"), {name: configured_vendor(name) for name in ("apns", "fcm")})
TOKEN = "0f" * 32

_instants = st.sampled_from(
    (
        "2026-12-31T00:00:00Z",
        "2026-12-31t23:59:59.123456789+08:00",
        "2028-01-01T00:00:00Z",
        "1999-01-01T00:00:00Z",
        "",
        "x",
        5,
    )
)
_texts = st.sampled_from(
    ("vip", "礼物", "", " ", "a\x00", 'a"b', "a\\", 'a\\\\"', "\ud800", "\x7f", "x" * 300, "true")
)
_values: st.SearchStrategy[object] = _texts | st.sampled_from(
    (True, 1, -0.0, 2**53, 2**53 + 1, 10**30, 1e300, float("nan"), None, [], {})
)
_fields: dict[str, st.SearchStrategy[object]] = {
    "id": st.sampled_from(("t1", "a:b@c=+-.~_", "", "a b", "a\n", "ü", "x" * 129, 5, None)),
    "vendor": st.sampled_from(("apns", "fcm", "huawei", "none", "", None)),
    "token": st.sampled_from((TOKEN, TOKEN.upper(), "abcd:ef", "", "/topics/news", "x" * 5000, 7)),
    "language": st.sampled_from(("en", "zh_cn", "iw", "", "xx-notalanguage-", "q" * 300, None, 3)),
    "user": _texts | st.none() | st.just(5),
    "tags": st.lists(_texts, max_size=3) | st.sampled_from((None, ["a"] * 65, [1], "vip")),
    "timezone": st.sampled_from(("Asia/Shanghai", "Mars/Base", "", None, 1)),
    "app_version": st.sampled_from(("2.1", " 2", "", None, 2.1, "x" * 65)),
    "attributes": st.dictionaries(st.sampled_from(("plan", "1x", "a.b", "", "n" * 65)), _values, max_size=3)
    | st.sampled_from((None, {f"a{n}": 1 for n in range(33)}, [])),
    "opt_out": st.lists(st.sampled_from(("news", "digest", "News", "", "news\n")), max_size=3)
    | st.sampled_from((None, "news", [1], [f"c{n}" for n in range(33)])),
    "last_seen": _instants | st.none(),
    "registered_at": _instants | st.none(),
    "colour": st.just("red"),
}
_good = {
    "id": "t1",
    "vendor": "apns",
    "token": TOKEN,
    "language": "zh-Hans",
    "user": "陈",
    "tags": ["vip", "new", "vip"],
    "timezone": "Asia/Shanghai",
    "app_version": "2.1",
    "attributes": {"plan": "gold", "level": 3, "beta": True, "score": 2.5},
    "opt_out": ["news", "digest", "news"],
    "last_seen": "2026-12-31T00:00:00Z",
    "registered_at": "2026-01-01T00:00:00Z",
}


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A line that is good, or bad in any way, as different encoders write it."""
    kept = draw(st.sets(st.sampled_from(sorted(_good)), min_size=6))
    changed = draw(st.fixed_dictionaries({}, optional=_fields))
    written = {**{name: _good[name] for name in sorted(kept)}, **dict(list(changed.items())[:2])}
    separators = draw(st.sampled_from(((",", ":"), (", ", ": "), (" ,", " :"))))
    text = json.dumps(written, ensure_ascii=draw(st.booleans()), separators=separators)
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(_fields)))
        text = f'{text[:-1]},"{name}":{json.dumps(draw(_fields[name]))}}}'
    line = text.encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(line)))
        line = line[:at] + draw(st.binary(max_size=2)) + line[at + 1 :]
    return line


def by_schema(line: bytes) -> Terminal:
    written = validate(line, TerminalLine, terminal_checks(NOW), repeated_keys(line))
    terminal = to_imported(written, "en", NOW)
    check_configured(terminal, SHOP)
    return terminal


@given(lines())
@example(json.dumps(_good).encode())
def test_a_line_is_read_as_the_schema_reads_it(line: bytes) -> None:
    try:
        expected: Terminal | Exception = by_schema(line)
    except (UnreadableBody, InvalidRequest) as error:
        expected = error
    try:
        found: Terminal | Exception = LineParser(SHOP).parse(line, NOW)
    except (UnreadableBody, InvalidRequest) as error:
        found = error
    if isinstance(expected, InvalidRequest):
        assert isinstance(found, InvalidRequest)
        assert found.errors == expected.errors
    elif isinstance(expected, UnreadableBody):
        assert isinstance(found, UnreadableBody)
    else:
        assert found == expected


@pytest.mark.parametrize("ensure_ascii", [True, False])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_good_lines_need_no_schema(ensure_ascii: bool, separators: tuple[str, str]) -> None:
    class Fast(LineParser):
        def _by_schema(self, line: bytes, now: datetime) -> Terminal:
            raise AssertionError("the schema was asked")

    for left_out in ("", *sorted(_good)):
        written = {name: value for name, value in _good.items() if name != left_out}
        line = json.dumps(written, ensure_ascii=ensure_ascii, separators=separators).encode()
        if left_out in ("id", "vendor", "token"):
            with pytest.raises(AssertionError):
                Fast(SHOP).parse(line, NOW)
        else:
            assert Fast(SHOP).parse(line, NOW) == by_schema(line)


def test_struct_and_schema_have_the_same_fields() -> None:
    assert {field.name for field in msgspec.structs.fields(Line)} == set(TerminalLine.model_fields)
