"""What failure codes mean, and what to do about them."""

import pytest

from pushgate.adapters.code_meanings import REMEDIES, explain_code
from pushgate.adapters.registry import vendors
from pushgate.adapters.response_codes import CallFailure
from pushgate.domain.outcome import FailureCode, Outcome, State


def test_every_code_of_every_vendor_has_a_meaning_and_a_remedy() -> None:
    for name, vendor in vendors().items():
        for code, row in vendor.codes.items():
            found = explain_code(name, code, State.REJECTED)
            assert found is not None
            assert found.meaning == row.meaning
            assert found.remedy


@pytest.mark.parametrize("code", list(FailureCode))
def test_every_code_of_pushgates_own_has_a_meaning_and_a_remedy(code: FailureCode) -> None:
    found = explain_code("apns", code.value, State.EXPIRED)
    assert found is not None
    assert (found.meaning, found.remedy) == (code.meaning, code.remedy)
    assert found.meaning
    assert found.remedy


def test_no_vendor_has_a_code_of_pushgates_own() -> None:
    for vendor in vendors().values():
        assert not vendor.codes.keys() & {code.value for code in FailureCode}


def test_what_is_done_about_a_code_has_a_remedy() -> None:
    assert set(REMEDIES) == {*Outcome, *CallFailure}


def test_a_code_that_is_in_no_table_has_no_meaning() -> None:
    assert explain_code("apns", "Invented", State.REJECTED) is None
    assert explain_code("gone", "Unregistered", State.INVALID) is None


def test_a_dead_token_that_was_not_believed_has_another_remedy() -> None:
    invalid, kept = (explain_code("apns", "Unregistered", state) for state in (State.INVALID, State.REJECTED))
    assert invalid is not None
    assert kept is not None
    assert "registers again" in invalid.remedy
    assert "credentials and environment" in kept.remedy
