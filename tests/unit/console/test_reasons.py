import pytest
from tests.support.console.results import failure, group, results, words
from tests.support.console.texts import all_texts

from pushgate.adapters.registry import vendors
from pushgate.console.outcomes import count
from pushgate.console.reason_texts import BY_EFFECT, OWN_CODES
from pushgate.console.reasons import count_hopeless, count_retried, explain, list_reasons, say_reason
from pushgate.domain.outcome import FailureCode, Outcome


def test_every_code_of_pushgate_and_of_a_vendor_has_a_title_and_a_remedy() -> None:
    assert OWN_CODES.keys() == set(FailureCode)
    known = {text.english for text in all_texts()}
    for vendor, described in vendors().items():
        for code in described.codes:
            for state in ("invalid", "rejected", "expired"):
                text = explain(vendor, code, state)
                assert text.title in known
                assert text.remedy in known


def test_reasons_to_act_on_come_first_then_the_most_frequent() -> None:
    reasons = list_reasons(
        [
            failure("apns", "invalid", "Unregistered", 300),
            failure("vivo", "expired", "10070", 62),
            failure("xiaomi", "rejected", "too_long", 97, "title has 50 characters, the vendor takes 49"),
        ]
    )
    assert [reason.code for reason in reasons] == ["too_long", "10070", "Unregistered"]
    assert [reason.can_retry for reason in reasons] == [True, True, False]
    assert reasons[0].detail == "title has 50 characters, the vendor takes 49"


def test_a_reason_is_said_in_the_language_of_the_reader() -> None:
    (reason,) = list_reasons([failure("apns", "invalid", "Unregistered", 3, "the app was uninstalled")])
    assert say_reason(reason, words()).title == "The app was uninstalled"
    assert say_reason(reason, words("zh")).title == "应用已卸载"
    assert say_reason(reason, words()).detail == ""


def test_a_code_without_documents_is_said_as_it_was_recorded() -> None:
    (reason,) = list_reasons([failure("fcm", "rejected", "NEW", 3, "something {odd}")])
    said = say_reason(reason, words())
    assert (said.title, said.detail) == ("Something {odd}", "")


def test_tokens_that_died_all_at_once_are_not_believed() -> None:
    dead = next(
        (vendor, code)
        for vendor, described in vendors().items()
        for code, row in described.codes.items()
        if row.effect is Outcome.INVALID and not row.muted
    )
    assert explain(*dead, "invalid").remedy == BY_EFFECT[Outcome.INVALID]
    assert "not believed" in explain(*dead, "rejected").remedy


@pytest.mark.parametrize(("unanswered", "expected"), [(0, 5), (3, 2), (9, 0)])
def test_unanswered_pushes_are_never_sent_again(unanswered: int, expected: int) -> None:
    found = results(group(targeted=9, invalid=1, rejected=5, expired=3))
    failures = [failure("apns", "rejected", FailureCode.UNANSWERED, unanswered)]
    assert count_retried(failures, count(found)) == {"invalid": 1, "rejected": expected, "expired": 3}


def test_what_is_wrong_with_the_content_is_wrong_again() -> None:
    failures = [
        failure("xiaomi", "rejected", "too_long", 97),
        failure("xiaomi", "rejected", "unanswered", 2),
        failure("vivo", "expired", "10070", 62),
    ]
    assert count_hopeless(failures) == {"xiaomi": 97}
