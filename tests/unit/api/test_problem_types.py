"""Every problem code has one type, with the consequences of its error, and the
reference lists it.
"""

import re
from pathlib import Path

import pytest

from pushgate.api.problem_types import PROBLEM_TYPES, markdown_table, type_uri
from pushgate.domain.consequences import ProblemCode
from pushgate.domain.errors import NotConfiguredHere, NotFound, PushgateError

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "errors.md"


def test_every_problem_has_a_type_and_the_reference_lists_it() -> None:
    assert PROBLEM_TYPES.keys() == set(ProblemCode)
    assert all(re.fullmatch(r"urn:pushgate:problem:[a-z_]+", type_uri(code)) for code in ProblemCode)
    reference = REFERENCE.read_text("utf-8")
    assert markdown_table() in reference, f"{REFERENCE} needs this table:\n{markdown_table()}"


@pytest.mark.parametrize("error", [PushgateError, NotFound, NotConfiguredHere])
def test_a_type_has_the_status_and_the_delay_of_its_error(error: type[PushgateError]) -> None:
    problem_type = PROBLEM_TYPES[error.consequences.code]
    assert problem_type.status == error.consequences.status
    assert problem_type.retry_after == error.consequences.retry_after
