"""Previews show a content as each kind of phone gets it."""

from pushgate.console.composing.message_form import ContentForm
from pushgate.console.composing.previews import Preview, limiting_vendors, show_previews
from pushgate_client.types import GroupCount

GROUPS: list[GroupCount] = [
    {"vendor": "apns", "language": "en", "count": 3},
    {"vendor": "xiaomi", "language": "en", "count": 2},
    {"vendor": "vivo", "language": "en", "count": 1},
]
LONG = ContentForm(title="x" * 45, body="Today only")


def show(content: ContentForm, *, image: str = "", is_cut: bool = False) -> dict[str, Preview]:
    return {one.platform: one for one in show_previews(content, image, GROUPS, is_cut=is_cut)}


def test_each_kind_of_phone_has_its_number() -> None:
    assert {name: one.phones for name, one in show(LONG).items()} == {
        "iphone": 3, "emui": 0, "miui": 2, "pixel": 1, "web": 0,
    }  # fmt: skip


def test_a_text_is_cut_on_the_phones_of_the_vendor_that_takes_less() -> None:
    found = show(LONG, is_cut=True)
    assert found["miui"].title == LONG.title
    assert found["pixel"].title == "x" * 38 + "…"
    assert found["pixel"].over is not None
    assert found["pixel"].over.vendor == "vivo"


def test_a_text_that_is_not_cut_is_shown_whole_with_who_refuses_it() -> None:
    found = show(LONG)["pixel"]
    assert (found.title, found.is_cut) == (LONG.title, False)
    assert found.over is not None


def test_a_picture_has_its_place_where_the_vendor_shows_one() -> None:
    found = show(LONG, image="https://example.com/a.png")
    assert [name for name, one in found.items() if one.has_image] == ["iphone", "emui", "web"]


def test_limits_of_all_vendors_hold_where_there_are_no_phones() -> None:
    assert limiting_vendors(GROUPS) == ["apns", "vivo", "xiaomi"]
    assert "meizu" in limiting_vendors([])
