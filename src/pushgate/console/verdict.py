"""The verdict of the Now page: the worst problem with its remedy, and the others in short. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pushgate.console.problem_texts import PROBLEM_TEXTS, UNKNOWN_PROBLEM, ProblemText, Severity
from pushgate.console.reasons import explain
from pushgate.console.vendors import vendor_name
from pushgate.console.words import Words
from pushgate_client.types import SystemProblem, Waiting

_INSTANTS = frozenset({"expires_at", "known_until", "lost_from", "lost_until"})
"""Params that are instants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A problem with its words, before they are translated."""

    code: str
    text: ProblemText
    vendor: str | None
    app: str | None
    """The app that it concerns, where the problem names one."""
    since: str | None
    until: str | None
    params: Mapping[str, str | int]
    vendor_code: str
    """The vendor's own code, empty where the problem has none."""
    meaning: str
    """What the vendor's code means, English; empty for one that is in no table."""
    reason: str
    """The reason as it was recorded, empty where none was."""
    phones: int
    """How many terminals of messages that are being sent wait at this vendor."""

    @property
    def path(self) -> str:
        """Where the remedy is: the page, at the vendor that it concerns."""
        anchored = self.text.path == "/vendors" and self.vendor
        return f"{self.text.path}#{self.vendor}" if anchored else self.text.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A problem in the reader's words."""

    severity: str
    title: str
    remedy: str
    act: str
    path: str
    code: str
    """The vendor's code where there is one, else the problem's."""
    vendor_code: str
    """The vendor's code, empty where there is none."""
    vendor: str
    """The vendor's name, empty where the problem concerns no single vendor."""
    phones: int
    since: str | None
    until: str | None


def speak(trouble: Trouble, words: Words) -> Spoken:
    """Return a problem in the reader's words."""
    vendor = vendor_name(trouble.vendor, words) if trouble.vendor else ""
    values: dict[str, str | int] = {**trouble.params, "vendor": vendor}
    values["why"] = (words._(trouble.meaning) if trouble.meaning else trouble.reason) or trouble.vendor_code
    for name in _INSTANTS & values.keys():
        values[name] = words.moment(str(values[name]))
    return Spoken(
        severity=trouble.text.severity.value,
        title=words._(trouble.text.title, **values),
        remedy=words._(trouble.text.remedy, **values),
        act=words._(trouble.text.act, **values) if trouble.text.act else "",
        path=trouble.path,
        code=trouble.vendor_code or trouble.code,
        vendor_code=trouble.vendor_code,
        vendor=vendor,
        phones=trouble.phones,
        since=trouble.since,
        until=trouble.until,
    )


def rank_problems(problems: Sequence[SystemProblem], waiting: Mapping[str, int]) -> list[Trouble]:
    """Return the problems, the worst first. `waiting` counts pending terminals by vendor."""
    troubles = [read_problem(problem, waiting.get(problem["vendor"] or "", 0)) for problem in problems]
    return sorted(troubles, key=lambda one: (one.text.severity is not Severity.WRONG, -one.phones))


def read_problem(problem: SystemProblem, phones: int = 0) -> Trouble:
    """Return a problem of `/status` with its words."""
    return _trouble(problem["code"], problem["app"], problem, phones)


def read_waiting(waiting: Waiting, phones: int) -> Trouble:
    """Return the reason why terminals of a message are pending with its words."""
    return _trouble(waiting["reason"], None, waiting, phones)


def worst_of_vendor(troubles: Sequence[Trouble], vendor: str) -> Trouble | None:
    """Return the worst problem of a vendor, None where there is none."""
    return next((one for one in troubles if one.vendor == vendor), None)


def _trouble(code: str, app: str | None, problem: SystemProblem | Waiting, phones: int) -> Trouble:
    text = PROBLEM_TEXTS.get(code, UNKNOWN_PROBLEM)
    own_words = {"message": problem["message"], "remedy": problem["remedy"]}
    vendor_code = str(problem["params"].get("code", ""))
    return Trouble(
        code=code,
        text=text,
        vendor=problem["vendor"],
        app=app,
        since=problem["since"],
        until=problem["until"],
        params={**problem["params"], **(own_words if text is UNKNOWN_PROBLEM else {})},
        vendor_code=vendor_code,
        meaning=explain(problem["vendor"] or "", vendor_code, "").title,
        reason=str(problem["params"].get("reason", "")),
        phones=phones,
    )
