"""A path names a user by its last part, whatever characters the name has."""

import pytest

from pushgate.api.mapping.users import user_in_path
from pushgate.domain.errors import InvalidRequest


@pytest.mark.parametrize(
    ("path", "user"),
    [
        (b"/v1/users/ann", "ann"),
        (b"/v1/users/a%2Fb", "a/b"),
        (b"/v1/users/a%252Fb", "a%2Fb"),
        (b"/v1/users/%E5%AE%89", "\u5b89"),
    ],
)
def test_a_name_is_decoded_whole(path: bytes, user: str) -> None:
    assert user_in_path(path) == user


@pytest.mark.parametrize(
    "path", [b"/v1/users/", b"/v1/users/%00", b"/v1/users/%ff", b"/v1/users/" + b"x" * 257]
)
def test_what_can_be_no_name_is_refused(path: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        user_in_path(path)
    assert [error.field for error in caught.value.errors] == ["user"]
