"""The form of a template, to the body of the API and back."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.console.template_form import Block, from_content, read_blocks, to_content, to_preview


def test_a_block_comes_back_from_the_content_that_it_makes() -> None:
    form = {
        "language-0": "en",
        "title-0": "T",
        "body-0": "a\r\nb",
        "url-0": "shop://x",
        "data-0": "a=1\nb=x=y",
        "language-1": "de",
        "title-1": "T",
        "body-1": "b",
        "image-1": "https://example.com/a.png",
        "language-2": "",
        "title-2": " ",
    }
    blocks = read_blocks(form)
    content = to_content(blocks)
    assert content["en"] == {"title": "T", "body": "a\nb", "url": "shop://x", "data": {"a": "1", "b": "x=y"}}
    whole = {language: {"image": None, "url": None, "data": {}, **one} for language, one in content.items()}
    assert from_content(whole) == blocks  # type: ignore[arg-type]  # as the API answers
    assert Block() not in blocks


@given(st.dictionaries(st.from_regex(r"[a-z]{1,3}", fullmatch=True), st.text(max_size=9), min_size=1))
def test_data_comes_back_whatever_it_holds(data: dict[str, str]) -> None:
    (shown,) = from_content({"en": {"title": "T", "body": "b", "image": None, "url": None, "data": data}})
    posted = {"language-0": "en", "title-0": "T", "body-0": "b", "data-0": shown.data.replace("\n", "\r\n")}
    assert to_content(read_blocks(posted))["en"]["data"] == data


def test_numbers_are_told_from_texts() -> None:
    text = 'order=A-17\r\ncount=3\nprice=-1.5\nversion=1.2.3\ncode=007\nlist=a, b\nquoted="1"\nlonely\n=x'
    body = to_preview({"language-0": "en", "title-0": "t", "body-0": "b", "values": text})
    assert body["values"] == {
        "order": "A-17",
        "count": 3,
        "price": -1.5,
        "version": "1.2.3",
        "code": "007",
        "list": "a, b",
        "quoted": "1",
        "lonely": "",
    }


def test_a_preview_takes_attributes_for_those_of_the_phone_and_its_user() -> None:
    body = to_preview({"language-0": "en", "title-0": "t", "body-0": "b", "attributes": "name=Ann"})
    assert (body["attributes"], body["user_attributes"]) == ({"name": "Ann"}, {"name": "Ann"})
    assert "values" not in body
