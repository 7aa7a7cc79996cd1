import pytest

from pushgate.console.typed_numbers import read_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12403", 12403),
        (" 12,403 ", 12403),
        ("12，403", 12403),
        ("12\u202f403", 12403),
        ("12.403", 12403),
        ("12’403", 12403),
        ("", -1),
        ("-5", -1),
        ("²", -1),
        ("9" * 5000, -1),
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, number: int) -> None:
    assert read_number(typed) == number
