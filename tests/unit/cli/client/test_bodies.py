"""Content and audience from options."""

from pathlib import Path

import pytest

from pushgate.cli.client.bodies import (
    json_object,
    to_audience,
    to_canary,
    to_content,
    to_template,
    to_variants,
)
from pushgate.cli.client.command_errors import CommandError


@pytest.mark.parametrize(
    ("to", "audience"),
    [
        (["user:ann"], {"users": ["ann"]}),
        (["user:ann", "user:a:b"], {"users": ["ann", "a:b"]}),
        (["tag:vip"], {"tag": "vip"}),
        (["audience:lapsed"], {"saved": "lapsed"}),
        (["tag:vip", "tag:news"], {"any_of": [{"tag": "vip"}, {"tag": "news"}]}),
        (
            ["terminal:t", "tag:vip", "user:ann"],
            {"any_of": [{"tag": "vip"}, {"terminals": ["t"]}, {"users": ["ann"]}]},
        ),
    ],
)
def test_whoever_is_in_one_of_them_gets_it(to: list[str], audience: object) -> None:
    assert to_audience(False, to, None) == audience


def test_all_and_an_expression_are_audiences(tmp_path: Path) -> None:
    file = tmp_path / "audience.json"
    file.write_text('{"tag": "vip"}', "utf-8")
    assert to_audience(True, None, None) == {"all": True}
    assert to_audience(False, None, f"@{file}") == {"tag": "vip"}
    assert to_audience(False, None, None) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((True, ["user:ann"], None), "exclude each other"),
        ((False, ["ann"], None), "--to takes"),
        ((False, ["group:x"], None), "--to takes"),
        ((False, ["user:"], None), "--to takes"),
        ((False, None, "{"), "not JSON"),
        ((False, None, "[]"), "a JSON object"),
        ((False, None, "@/nowhere"), "cannot be read"),
    ],
)
def test_another_audience_is_refused(
    arguments: tuple[bool, list[str] | None, str | None], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        to_audience(*arguments)


def test_content_is_by_language_and_a_colon_may_be_escaped() -> None:
    assert to_content([r"en:Sale\: today:Only: now", "zh:特卖:仅限今天"]) == {
        "en": {"title": "Sale: today", "body": "Only: now"},
        "zh": {"title": "特卖", "body": "仅限今天"},
    }


@pytest.mark.parametrize("texts", [["en:Sale"], ["en::x"], ["en:a:b", "en:c:d"], [""]])
def test_other_content_is_refused(texts: list[str]) -> None:
    with pytest.raises(CommandError):
        to_content(texts)


def test_json_names_where_it_is_wrong() -> None:
    with pytest.raises(CommandError, match="--options is not JSON"):
        json_object("--options", "{'a': 1}")


def test_a_template_is_named_with_or_without_a_version() -> None:
    assert to_template("welcome") == {"name": "welcome"}
    assert to_template("welcome@3") == {"name": "welcome", "version": 3}
    for wrong in ("welcome@", "welcome@x", "welcome@-1"):
        with pytest.raises(CommandError, match="NAME@VERSION"):
            to_template(wrong)


def test_variants_have_a_name_a_share_and_texts_by_language() -> None:
    texts = [r"a:50:en:Sale\: today:Only: now", "a:50:zh:特卖:仅限今天", "b:12.5:en:Now:Sale"]
    assert to_variants(texts) == [
        {
            "name": "a",
            "share": 50.0,
            "content": {
                "en": {"title": "Sale: today", "body": "Only: now"},
                "zh": {"title": "特卖", "body": "仅限今天"},
            },
        },
        {"name": "b", "share": 12.5, "content": {"en": {"title": "Now", "body": "Sale"}}},
    ]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["a:50:en:Sale"], "name:share:language:title:body"),
        (["a:half:en:Sale:Today"], "per cent"),
        (["a:50:en:Sale:Today", "a:50:en:Sale:Today"], "twice"),
    ],
)
def test_another_variant_is_refused(texts: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        to_variants(texts)


def test_a_canary_has_a_share_a_time_and_limits() -> None:
    assert to_canary("1:10m", [], []) == {"share": 1, "wait": "10m"}
    assert to_canary("0.5:1h", ["rejected=5", "clicks_below=0.1"], ["gone=2"]) == {
        "share": 0.5,
        "wait": "1h",
        "hold_if": {"rejected": 5, "clicks_below": 0.1},
        "slower_if": {"gone": 2},
    }


@pytest.mark.parametrize(
    ("text", "hold_if", "words"),
    [
        ("1", [], "--canary takes the per cent and the time"),
        ("few:10m", [], "--canary takes a number of per cent"),
        ("1:10m", ["rejected"], "--hold-if takes what is counted"),
        ("1:10m", ["rejected=many"], "--hold-if takes a number of per cent"),
    ],
)
def test_another_canary_is_refused(text: str, hold_if: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        to_canary(text, hold_if, [])
