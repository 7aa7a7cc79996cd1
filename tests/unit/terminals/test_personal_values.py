"""Where the values of placeholders come from."""

from pushgate.content.personal.syntax import Source, ValueName
from pushgate.domain.message import Personal
from pushgate.terminals.addressed import Addressed
from pushgate.terminals.personal_values import ValueColumns, wanted_for

NAME, CITY = ValueName(Source.ATTRIBUTE, "name"), ValueName(Source.ATTRIBUTE, "city")
USER_NAME = ValueName(Source.USER, "name")
ORDER = ValueName(Source.VALUES, "order")


def two_terminals() -> Addressed:
    """A terminal of ann with a name of its own, and one without a user."""
    own = [("s:Own", None), (None, "s:Rome")]
    of_users = [("s:Ann", "s:Bonn"), (None, None)]
    return Addressed([0, 1], [b"k0", b"k1"], ["ann", None], list(own), list(of_users))


def test_a_terminals_attribute_comes_before_its_users() -> None:
    found = ValueColumns([NAME, CITY, USER_NAME], Personal()).of(two_terminals())
    assert {name: list(column) for name, column in found.items()} == {
        NAME: ["s:Own", None],
        CITY: ["s:Bonn", "s:Rome"],
        USER_NAME: ["s:Ann", None],
    }


def test_a_users_value_comes_before_that_for_all() -> None:
    personal = Personal(values={"order": 17}, user_values={"ann": {"order": "A"}, "bob": {"other": True}})
    assert ValueColumns([ORDER], personal).of(two_terminals()) == {ORDER: ["s:A", "n:17"]}
    nobody = Personal(user_values={"bob": {"order": True}})
    assert ValueColumns([ORDER], nobody).of(two_terminals()) == {ORDER: [None, None]}


def test_contents_of_one_bundle_share_what_is_read() -> None:
    """The attributes of one content may be others, in another order, than those that are read."""
    wanted = wanted_for([CITY, NAME, USER_NAME, ORDER])
    assert list(wanted.own_places) == ["city", "name"]
    swapped = Addressed([0], [b"k"], ["ann"], [("s:Rome", "s:Own")], [("s:Bonn", "s:Ann")])
    found = ValueColumns([NAME, USER_NAME], Personal(), wanted).of(swapped)
    assert found == {NAME: ["s:Own"], USER_NAME: ["s:Ann"]}


def test_users_are_asked_for_where_a_content_names_them_or_a_terminal_lacks_a_value() -> None:
    found = two_terminals()
    found.users, found.own = ["ann", "bob"], [("s:Own",), (None,)]
    assert wanted_for([NAME]).users_to_read(found) == [None, "bob"]
    assert wanted_for([NAME, USER_NAME]).users_to_read(found) == ["ann", "bob"]
    assert wanted_for([ORDER]).users_to_read(found) == [None, None]
