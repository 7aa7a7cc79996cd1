"""The fields of a posted form are the form."""

from pushgate.console.composing.audience_form import AudienceForm
from pushgate.console.composing.audience_lines import Join, Kind, Line
from pushgate.console.composing.message_form import ContentForm, MessageForm, MomentForm
from pushgate.console.composing.option_fields import WrittenOption
from pushgate.console.composing.posted_fields import read_fields

POSTED = [
    ("language", "zh-Hans"), ("title.zh-Hans", "特卖"), ("body.zh-Hans", "仅限\r\n今天"),
    ("language", "en"), ("title.en", "Sale"), ("body.en", "Today only"),
    ("fallback", "en"), ("url", " shop://sale "), ("image", ""),
    ("data_name", "page"), ("data_value", "sale"), ("data_name", ""), ("data_value", ""),
    ("join", "and"), ("kind", "tag"), ("name", ""), ("value", "vip, member"),
    ("join", "not"), ("kind", "attribute"), ("name", "plan"), ("value", "gold"),
    ("join", "xor"), ("kind", "tag"), ("name", ""), ("value", "x"),
    ("when", "moment"), ("day", "2026-11-30"), ("clock", "20:00"), ("zone", "Asia/Shanghai"),
    ("option.ttl", "4h"), ("option.category", ""), ("option.silent", "on"),
    ("vendor.huawei.category", "IM"), ("vendor.huawei", "x"), ("csrf", "secret"),
]  # fmt: skip


def test_every_field_has_its_place() -> None:
    extras = {"url": "shop://sale", "data": (("page", "sale"),)}
    assert read_fields(POSTED, zone="UTC", language="en") == MessageForm(
        contents={
            "zh-Hans": ContentForm(title="特卖", body="仅限\n今天", **extras),  # type: ignore[arg-type]
            "en": ContentForm(title="Sale", body="Today only", **extras),  # type: ignore[arg-type]
        },
        fallback="en",
        audience=AudienceForm(
            lines=(
                Line(value="vip, member"),
                Line(join=Join.NOT, kind=Kind.ATTRIBUTE, name="plan", value="gold"),
            )
        ),
        moment=MomentForm(is_now=False, day="2026-11-30", clock="20:00", zone="Asia/Shanghai"),
        options={"ttl": "4h", "silent": "on"},
        vendor_options=(WrittenOption(vendor="huawei", name="category", text="IM"),),
    )


def test_without_fields_there_is_an_empty_form() -> None:
    form = read_fields([], zone="Asia/Tokyo", language="ja")
    assert form == MessageForm(
        contents={"ja": ContentForm()}, fallback="ja", moment=MomentForm(zone="Asia/Tokyo")
    )
    assert form.is_blank


def test_where_languages_have_their_own_links_each_is_read() -> None:
    posted = [
        ("by_language", "on"), ("own_names", "on"), ("language", "en"), ("url.en", "shop://en"),
        ("data_name.en", "a"), ("data_value.en", "1"), ("language", "zh"), ("url.zh", "shop://zh"), ("url", "shop://both"),
    ]  # fmt: skip
    form = read_fields(posted, zone="UTC", language="en")
    assert form.contents == {
        "en": ContentForm(url="shop://en", data=(("a", "1"),)),
        "zh": ContentForm(url="shop://zh"),
    }
