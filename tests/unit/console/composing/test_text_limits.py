"""Texts are counted as vendors count them, and cut where vendors cut them."""

from pushgate.console.composing.text_limits import Part, count_text, cut_for, shows_images, tightest


def test_the_tightest_limit_comes_first_and_vendors_without_one_are_left_out() -> None:
    counted = count_text("特卖 sale", Part.TITLE, ["oppo", "apns", "xiaomi", "vivo", "nobody"])
    assert [(one.vendor, one.used, one.maximum) for one in counted] == [
        ("vivo", 9, 40),
        ("xiaomi", 7, 49),
        ("oppo", 7, 50),
    ]


def test_near_begins_at_nine_tenths_and_over_behind_the_last_character() -> None:
    over, near = count_text("x" * 50, Part.TITLE, ["xiaomi", "oppo"])
    assert (over.is_over, over.is_near) == (True, False)
    assert (near.is_over, near.is_near) == (False, True)
    assert tightest([over, near]) == over
    assert tightest([near]) is None


def test_a_text_is_cut_for_the_vendor_that_takes_less() -> None:
    assert cut_for("x" * 50, Part.TITLE, "xiaomi") == "x" * 48 + "…"
    assert cut_for("x" * 50, Part.TITLE, "oppo") == "x" * 50
    assert cut_for("字" * 30, Part.TITLE, "vivo") == "字" * 19 + "…"
    assert cut_for("x" * 5000, Part.BODY, "apns") == "x" * 5000


def test_some_vendors_show_a_picture() -> None:
    assert shows_images("huawei")
    assert not shows_images("xiaomi")
