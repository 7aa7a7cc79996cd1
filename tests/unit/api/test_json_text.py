"""JSON that decoders accept in silence, such as a repeated key, is an error."""

import pytest

from pushgate.api.field_errors import MAX_FIELD_ERRORS
from pushgate.api.json_text import repeated_keys
from pushgate.domain.errors import UnreadableBody

REPEATED: dict[str, tuple[str, list[str]]] = {
    "at the top": ('{"a": 1, "b": 2, "a": 3}', ["a"]),
    "the same value": ('{"a": 1, "a": 1}', ["a"]),
    "inside an object": ('{"a": {"b": {"c": 1, "c": 2}}}', ["a.b.c"]),
    "inside a list": ('{"a": [1, {"b": 1, "b": 2}]}', ["a.1.b"]),
    "in a list at the top": ('[{}, {"b": 1, "b": 2}]', ["1.b"]),
    "written in another way": ('{"audience": 1, "\\u0061udience": 2}', ["audience"]),
    "three times": ('{"a": 1, "a": 2, "a": 3}', ["a"]),
    "several": ('{"a": {"x": 1, "x": 2}, "b": 1, "b": 2}', ["b", "a.x"]),
    "with empty name": ('{"": 1, "": 2}', [""]),
    "in compact text": ('{"a":1,"b":{"c":1,"c":1},"a":1}', ["a", "b.c"]),
    "in compact text whose numbers an encoder writes longer": ('{"a":1e9,"a":1}', ["a"]),
}

NOT_REPEATED = [
    "{}",
    '{"a":{"b":"c"},"d":[1,2.5,null]}',
    '{"a":1e9}',
    "[]",
    "3",
    '"a"',
    '{"a": {"a": {"a": 1}}}',
    '[{"a": 1}, {"a": 1}]',
    '{"a": 1, "A": 2}',
]


@pytest.mark.parametrize(("text", "paths"), REPEATED.values(), ids=REPEATED.keys())
def test_a_repeated_key_is_named_by_its_path(text: str, paths: list[str]) -> None:
    assert [fault.field for fault in repeated_keys(text.encode())] == paths


@pytest.mark.parametrize("text", NOT_REPEATED)
def test_keys_of_different_objects_are_no_repetition(text: str) -> None:
    assert repeated_keys(text.encode()) == []


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"nope",
        b"NaN",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": [-Infinity]}',
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"a": 1} x',
        b'{"a": "\x01"}',
        b'{"a": "\xff"}',
        b'{"\xed\xa0\x80": 1}',
        '{"a": 1}'.encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_json_is_unreadable(text: bytes) -> None:
    with pytest.raises(UnreadableBody, match="JSON"):
        repeated_keys(text)


def test_the_answer_is_bounded_and_no_number_is_too_long_to_look_at() -> None:
    items = ",".join('{"k": 1, "k": 2}' for _ in range(5000))
    assert len(repeated_keys(f"[{items}]".encode())) == MAX_FIELD_ERRORS
    assert repeated_keys(b'{"n": ' + b"9" * 100_000 + b"}") == []
    assert len(repeated_keys(b'{"%s": 1, "%s": 2}' % (b"k" * 9000, b"k" * 9000))[0].field) <= 200
