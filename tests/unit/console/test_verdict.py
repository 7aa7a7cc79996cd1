from typing import cast

import pytest
from tests.support.console.results import words
from tests.support.console.texts import all_texts

from pushgate.console.problem_texts import PROBLEM_TEXTS
from pushgate.console.verdict import rank_problems, read_problem, speak, worst_of_vendor
from pushgate.fleet.problem_codes import TEXTS, SystemProblemCode
from pushgate_client.types import SystemProblem


def problem(code: str, vendor: str | None = None, /, **params: str | int) -> SystemProblem:
    row = {
        "code": code,
        "app": "shop",
        "vendor": vendor,
        "since": "2026-11-28T11:42:00.000Z",
        "until": None,
        "params": params,
        "message": "in the API's words {x}",
        "remedy": "as the API says",
    }
    return cast("SystemProblem", row)


REFUSAL = problem("vendor_refuses", "xiaomi", code="21301", reason="the app secret is wrong", cause="")


def test_every_code_has_a_sentence_and_a_remedy() -> None:
    assert PROBLEM_TEXTS.keys() == set(SystemProblemCode) == TEXTS.keys()
    known = {text.english for text in all_texts()}
    for text in PROBLEM_TEXTS.values():
        assert {text.title, text.remedy, *([text.act] if text.act else [])} <= known


@pytest.mark.parametrize("code", list(SystemProblemCode))
def test_every_sentence_is_said_in_both_languages(code: SystemProblemCode) -> None:
    names = "server jobs processes kinds key seconds credential tokens terminals parts pending"
    params = dict.fromkeys(names.split(), "7")
    instants = dict.fromkeys(("expires_at", "known_until", "lost_from", "lost_until"), "2026-12-12T00:00:00Z")
    said = problem(code, "xiaomi", code="21301", **instants, **params)
    for language in ("en", "zh"):
        spoken = speak(read_problem(said), words(language))
        assert "{" not in spoken.title + spoken.remedy + spoken.act


def test_a_refusal_says_the_vendors_code_in_words() -> None:
    said = speak(read_problem(REFUSAL, 1785), words())
    assert said.title == "Xiaomi refuses: the app secret is wrong"
    assert (said.code, said.phones, said.path) == ("21301", 1785, "/vendors#xiaomi")
    assert speak(read_problem(REFUSAL), words("zh")).title == "小米拒绝：应用密钥错误"


def test_a_code_that_no_table_has_is_said_as_it_was_recorded() -> None:
    unknown = problem("vendor_refuses", "xiaomi", code="99999", reason="odd {braces}")
    assert speak(read_problem(unknown), words()).title == "Xiaomi refuses: odd {braces}"


def test_a_problem_that_the_console_does_not_know_is_said_in_the_apis_words() -> None:
    said = speak(read_problem(problem("from_a_later_version")), words("zh"))
    assert (said.title, said.remedy) == ("in the API's words {x}", "as the API says")


def test_the_worst_comes_first_and_then_what_most_phones_wait_for() -> None:
    ranked = rank_problems(
        [
            problem("rate_limited", "vivo"),
            problem("removal_held", "huawei", tokens=118),
            REFUSAL,
            problem("vendor_not_configured", "honor"),
        ],
        {"xiaomi": 1785, "vivo": 33, "honor": 2},
    )
    assert [one.code for one in ranked] == [
        "vendor_refuses",
        "vendor_not_configured",
        "rate_limited",
        "removal_held",
    ]
    found = worst_of_vendor(ranked, "vivo")
    assert found is not None
    assert found.phones == 33
    assert worst_of_vendor(ranked, "apns") is None
