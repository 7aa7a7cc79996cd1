"""OPPO's registration ids."""

import pytest

from pushgate.adapters.oppo.payload import is_overseas


@pytest.mark.parametrize(
    ("token", "overseas"),
    [  # docs/reference/vendors/oppo.md#credentials
        ("abc", False),
        ("CN_abc", False),
        ("OPPO_CN_abc", False),
        ("OPPO_US_abc", True),
        ("US_abc", True),
        ("CN_OPPO_abc", True),
        ("a_CN_b_c", True),
    ],
)
def test_the_registration_id_has_the_region(token: str, overseas: bool) -> None:
    assert is_overseas(token.encode()) == overseas
