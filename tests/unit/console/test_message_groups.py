from tests.support.console.results import group, message

from pushgate.console.language_names import language_name, own_name
from pushgate.console.message_groups import list_contents, list_groups

GROUPS = (
    group("huawei", "zh-Hans", targeted=20),
    group("apns", "fr", targeted=1),
    group("apns", "zh-TW", targeted=2),
    group("apns", "en-GB", targeted=5),
)


def test_groups_are_listed_by_vendor_the_largest_first() -> None:
    apns, huawei = list_groups(GROUPS)
    assert (apns.vendor, [row.language for row in apns.rows]) == ("apns", ["en-GB", "zh-TW", "fr"])
    assert (apns.counts["targeted"], huawei.counts["targeted"]) == (8, 20)


def test_a_vendors_click_through_is_that_of_all_its_languages() -> None:
    groups = [
        group("fcm", "en", targeted=10, received=8, clicked=2, received_from="accepted"),
        group("fcm", "fr", targeted=4, received=2, clicked=1),
    ]
    (fcm,) = list_groups(groups)
    assert (fcm.click_through, fcm.received_from) == (0.3, "delivered")
    assert list_groups([group("fcm", "en", targeted=1)])[0].click_through is None


def test_each_content_is_told_with_the_terminals_that_got_it() -> None:
    contents = list_contents(message(), GROUPS)
    assert [(one.language, one.number) for one in contents] == [("zh-Hans", 22), ("en", 6)]
    assert list_contents(message(content=None, default_language=None), GROUPS) == []


def test_languages_have_names_in_both_languages_and_in_their_own() -> None:
    assert language_name("zh-Hans", "en") == "Simplified Chinese"
    assert language_name("en", "zh") == "英语"
    assert own_name("fr") == "français"
    assert own_name("zh-Hans") == "简体中文"
    assert language_name("x-odd", "en") == "x-odd"
