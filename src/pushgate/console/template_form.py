"""The form of a template's content <-> the body of `PUT /v1/templates/{name}`. Pure.

The form has a block for each language. Data and values are lines of `name=value` (`value_lists`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pushgate.console.composing.value_lists import format_texts, parse_named_texts, parse_named_values
from pushgate_client import types

MAX_BLOCKS = 100
"""Languages of a template."""
TEXTS = ("title", "body", "url", "image")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The fields of one language."""

    language: str = ""
    title: str = ""
    body: str = ""
    url: str = ""
    image: str = ""
    data: str = ""


def from_content(content: Mapping[str, types.Content]) -> list[Block]:
    """Return the blocks of a stored content."""
    return [
        Block(
            language=language,
            title=one["title"],
            body=one["body"],
            url=one["url"] or "",
            image=one["image"] or "",
            data="\n".join(f"{name}={format_texts([value])}" for name, value in one["data"].items()),
        )
        for language, one in content.items()
    ]


def read_blocks(form: Mapping[str, str]) -> list[Block]:
    """Return the blocks of a posted form, without empty ones."""
    found = [
        Block(
            **{
                name: form.get(f"{name}-{number}", "").replace("\r\n", "\n").strip()
                for name in ("language", *TEXTS, "data")
            }
        )
        for number in range(MAX_BLOCKS + 1)
        if f"language-{number}" in form
    ]
    return [block for block in found if block != Block()]


def to_content(blocks: list[Block]) -> dict[str, types.ContentBody]:
    """Return the blocks as the content of a template. The API checks the content."""
    return {block.language: _to_content(block) for block in blocks}


def _to_content(block: Block) -> types.ContentBody:
    content: types.ContentBody = {"title": block.title, "body": block.body}
    if block.url:
        content["url"] = block.url
    if block.image:
        content["image"] = block.image
    if data := parse_named_texts(block.data):
        content["data"] = data
    return content


def to_preview(form: Mapping[str, str]) -> types.TemplatePreviewBody:
    """Return the body of a preview: the content of the form, which need not be stored, and the
    values for its placeholders.
    """
    body: types.TemplatePreviewBody = {"content": to_content(read_blocks(form))}
    if values := parse_named_values(form.get("values", "")):
        body["values"] = values
    if attributes := parse_named_values(form.get("attributes", "")):
        body["attributes"] = body["user_attributes"] = attributes
    return body
