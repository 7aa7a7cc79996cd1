"""The options of vendors are checked by the vendor's own schema."""

import pytest

from pushgate.api.mapping.options import to_options, to_vendor_options
from pushgate.api.schemas.messages import OptionsBody
from pushgate.domain.errors import FieldError


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        ({"apns": {"badge": 1}}, []),
        ({"nokia": {}}, ["options.nokia"]),
        ({"apns": 3}, ["options.apns"]),
        ({"apns": {"bagde": 1}}, ["options.apns.bagde"]),
        ({"apns": {"badge": 2**63}}, ["options.apns"]),
        ({"xiaomi": {"extra": {"pushgate": "x"}}}, ["options.xiaomi.extra.pushgate"]),
    ],
)
def test_errors_name_the_option(written: dict[str, object], fields: list[str]) -> None:
    errors: list[FieldError] = []
    to_vendor_options(written, errors)
    assert [error.field for error in errors] == fields


def test_a_bad_vendor_does_not_hide_the_good_ones() -> None:
    assert to_vendor_options({"nokia": {}, "apns": {"badge": 1}}, []) == {"apns": {"badge": 1}}


def test_a_silent_push_has_no_badge() -> None:
    errors: list[FieldError] = []
    to_options(OptionsBody(silent=True, badge=1), errors)
    assert [error.field for error in errors] == ["options.badge"]
