"""The form of a template, to the body of the API and back."""

from pushgate.console.template_form import (
    Block,
    from_content,
    read_blocks,
    read_values,
    to_content,
    to_preview,
)


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


def test_numbers_are_told_from_texts() -> None:
    text = "order=A-17\ncount=3\nprice=-1.5\nversion=1.2.3\nlonely\n=x"
    assert read_values(text) == {"order": "A-17", "count": 3, "price": -1.5, "version": "1.2.3"}


def test_a_preview_takes_attributes_for_those_of_the_phone_and_its_user() -> None:
    body = to_preview({"language-0": "en", "title-0": "t", "body-0": "b", "attributes": "name=Ann"})
    assert (body["attributes"], body["user_attributes"]) == ({"name": "Ann"}, {"name": "Ann"})
    assert "values" not in body
