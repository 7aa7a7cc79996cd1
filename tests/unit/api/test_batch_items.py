"""A batch is cut into its items, which are decoded one by one."""

import pytest

from pushgate.api.batch_items import split_items
from pushgate.domain.errors import InvalidRequest, UnreadableBody


def test_items_are_the_bytes_that_were_written() -> None:
    items, has_repeated_keys = split_items(b'{"items": [{"a" : 1}, 5, "x"]}', "items", 3)
    assert [bytes(item) for item in items] == [b'{"a" : 1}', b"5", b'"x"']
    assert not has_repeated_keys


def test_repeated_keys_of_items_are_told() -> None:
    assert split_items(b'{"items": [{"a": 1, "a": 2}]}', "items", 3)[1]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"[]", "body"),
        (b"{}", "body"),
        (b'{"items": 5}', "body"),
        (b'{"items": [], "more": 1}', "more"),
        (b'{"others": []}', "body"),
        (b'{"items": []}', "items"),
        (b'{"items": [1, 2, 3, 4]}', "items"),
        (b'{"items": [1], "items": [2]}', "items"),
    ],
)
def test_another_form_is_refused(body: bytes, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        split_items(body, "items", 3)
    assert [error.field for error in caught.value.errors] == [field]


@pytest.mark.parametrize("body", [b"", b'{"items": [', b'{"items": [\xff]}', b'{"items": [}]'])
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        split_items(body, "items", 3)
