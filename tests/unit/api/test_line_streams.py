"""Which form of a list an Accept header prefers."""

import pytest

from pushgate.api.line_streams import ListFormat, preferred_format


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", ListFormat.JSON),
        ("*/*", ListFormat.JSON),
        ("application/json", ListFormat.JSON),
        ("text/html, application/xml", ListFormat.JSON),
        ("text/csv", ListFormat.CSV),
        ("Text/CSV; header=present", ListFormat.CSV),
        ("application/x-ndjson", ListFormat.NDJSON),
        ("text/csv;q=0.5, application/x-ndjson;q=0.9, */*;q=0.1", ListFormat.NDJSON),
        ("text/csv;q=0", ListFormat.JSON),
        ("text/csv;q=much", ListFormat.JSON),
        ("," * 100 + "text/csv", ListFormat.JSON),
    ],
)
def test_the_known_form_of_the_highest_weight_is_preferred(accept: str, form: ListFormat) -> None:
    assert preferred_format(accept) is form
