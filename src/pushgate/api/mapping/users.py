"""People: their names in paths, and the data kept about them, domain <-> JSON. Pure."""

import re

from pydantic import TypeAdapter, ValidationError

from pushgate.api.mapping.history import from_history
from pushgate.api.mapping.terminals import from_terminal
from pushgate.api.paths import last_part
from pushgate.api.schemas.fields import User
from pushgate.api.schemas.users import PersonalQuietHours
from pushgate.api.times import format_instant, format_known
from pushgate.bundles.scheduled import ScheduledPlace
from pushgate.domain.best_hour import period_begins
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.grouping.search import Place
from pushgate.people.erasure import ErasureReport, LogState
from pushgate.people.gathering import PersonPage, PersonPlace
from pushgate.people.naming import NamingPlace
from pushgate.terminals.people import Person

CURSOR = r"^(t\.[0-9]{1,4}\.[0-9]{1,10}|l\.([0-9a-f]{30})?|s\.[0-9]{1,4}\.[01]\.[0-9]{1,20})$"
_matches = re.compile(CURSOR).fullmatch
_users = TypeAdapter(User)
_RUNNING = "the scheduler erases the rest; repeat the call to see whether it has ended"
_REMAINING = {
    LogState.REWRITTEN: None,
    LogState.PENDING: "Redis is writing its log or snapshot anew; the scheduler sees to it",
    LogState.REFUSED: "Redis does not let Pushgate write its log anew: run BGREWRITEAOF, or BGSAVE where "
    "it keeps no log; until then its files hold what was erased",
}


def user_in_path(raw_path: bytes) -> str:
    """Return the user that the last part of a path names. Raises InvalidRequest for a text that
    cannot be a user.
    """
    try:
        return _users.validate_python(last_part(raw_path))
    except (ValidationError, UnicodeDecodeError) as error:
        text = "must be 1 to 256 characters in UTF-8 without NUL"
        raise InvalidRequest([FieldError("user", text)]) from error


def from_changed_person(user: str, person: Person) -> dict[str, object]:
    """Return a person after a change as JSON."""
    return {
        "user": user,
        "attributes": dict(person.attributes),
        "opt_out": list(person.opt_out),
        "quiet_hours": _from_hours(person.quiet_hours),
    }


def to_hours(written: PersonalQuietHours | None, errors: list[FieldError]) -> str:
    """Return quiet hours as a person's record has them, empty for none. Adds an error for hours
    that are none.
    """
    if written is None:
        return ""
    if written.begin == written.end:
        errors.append(FieldError("quiet_hours.end", "is when they begin: null removes quiet hours"))
    return f"{written.begin}-{written.end}"


def _from_hours(text: str) -> dict[str, str] | None:
    begin, _, end = text.partition("-")
    return {"begin": begin, "end": end} if text else None


def from_person(user: str, page: PersonPage) -> dict[str, object]:
    """Return a page of the data kept about a person as JSON."""
    return {
        "user": user,
        "attributes": dict(page.attributes),
        "opt_out": list(page.opt_out),
        "quiet_hours": _from_hours(page.quiet_hours),
        "terminals": [
            {
                **from_terminal(kept.terminal),
                "history": from_history(kept.history),
                "click_hours": [
                    {"hour": one.hour, "period_begins": format_instant(period_begins(one.period))}
                    for one in kept.click_hours
                ],
            }
            for kept in page.terminals
        ],
        "named_by": {
            "saved_audiences": list(page.saved_audiences),
            "drafts": list(page.drafts),
            "schedules": list(page.schedules),
            "scheduled_messages": page.scheduled_messages,
        },
        "next_cursor": page.following and _cursor(page.following),
    }


def from_erasure(report: ErasureReport) -> dict[str, object]:
    """Return the result of an erasure as JSON."""
    at = report.log_rewritten_at
    return {
        "erased": report.counts,
        "complete": report.is_complete,
        "log": report.log.value,
        "log_rewritten": format_known(at),
        "remaining": _RUNNING if not report.is_complete else _REMAINING[report.log],
    }


def to_place(cursor: str | None) -> PersonPlace | None:
    """Read a cursor back; None for none. Raises ValueError for a text that is none."""
    if cursor is None:
        return None
    if not _matches(cursor):
        raise ValueError("is no cursor")
    section, _, rest = cursor.partition(".")
    if section == "t":
        shard, _, slot = rest.partition(".")
        return PersonPlace(Place(int(shard), int(slot)), NamingPlace())
    if section == "l":
        return PersonPlace(None, NamingPlace(after=rest or None))
    return PersonPlace(None, NamingPlace(small=ScheduledPlace(*map(int, rest.split(".")))))


def _cursor(place: PersonPlace) -> str:
    if place.terminals is not None:
        return f"t.{place.terminals.shard}.{place.terminals.slot}"
    if place.naming.small is not None:
        return "s." + ".".join(map(str, place.naming.small))
    return f"l.{place.naming.after or ''}"
