"""Content by language, JSON <-> domain. Pure."""

from collections.abc import Mapping

from pushgate.adapters import links
from pushgate.adapters.client_data import RESERVED_KEYS
from pushgate.api.schemas.messages import ContentBody
from pushgate.content.language import for_grouping, normalize
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Content

RESERVED_KEY = "is Pushgate's own key; take another one"


def to_content(
    written: Mapping[str, ContentBody],
    errors: list[FieldError],
    warnings: list[FieldError],
    *,
    field: str = "content",
    personal: bool = False,
) -> dict[str, Content]:
    """Return content by language, script and region, from this field of a message.

    Adds errors, and a warning for a language tag with more than these three parts. Only the links
    of a personal message may have placeholders.
    """
    content: dict[str, Content] = {}
    for language, item in written.items():
        try:
            full_tag = normalize(language)
        except ValueError as error:
            errors.append(FieldError(f"{field}.{language[:40]}", str(error)))
            continue
        tag = for_grouping(full_tag)
        if tag != full_tag:
            text = f"counts as {tag}: only language, script and region choose a reader's content"
            warnings.append(FieldError(f"{field}.{language}", text))
        if tag in content:
            errors.append(FieldError(f"{field}.{language}", f"is the same language as another key: {tag}"))
        if item.data:
            _check_data(f"{field}.{language}", item, errors)
        if item.url and not personal:
            _check_link(f"{field}.{language}.url", item.url, errors)
        content[tag] = Content(
            title=item.title, body=item.body, image=item.image, data=item.data, url=item.url
        )
    return content


def _check_link(field: str, link: str, errors: list[FieldError]) -> None:
    """Check a link as it is, for a content whose placeholders are not filled in: the schema accepts
    placeholders in links.
    """
    try:
        links.require_link(link)
    except ValueError as error:
        errors.append(FieldError(field, str(error)))


def _check_data(field: str, item: ContentBody, errors: list[FieldError]) -> None:
    for key in sorted(RESERVED_KEYS & item.data.keys()):
        errors.append(FieldError(f"{field}.data.{key}", RESERVED_KEY))
    for name, value in (("url", item.url), ("image", item.image)):
        if value and name in item.data:
            text = f"is taken by content.{name}, which the app finds there; give one of the two"
            errors.append(FieldError(f"{field}.data.{name}", text))


def choose_default_language(
    wanted: str | None, content: Mapping[str, Content], app_default: str, errors: list[FieldError]
) -> str:
    """Return the language for terminals whose language no content fits.

    Unless given, it is the app's default language, or the content's only language.
    """
    if wanted is None:
        wanted = app_default if app_default in content or len(content) != 1 else next(iter(content))
    wanted = for_grouping(wanted)
    if content and wanted not in content:
        text = f"{wanted} is none of content's languages; add it or name another"
        errors.append(FieldError("default_language", text))
    return wanted


def from_content(content: Mapping[str, Content]) -> dict[str, object]:
    """Return content by language as JSON."""
    return {
        language: {
            "title": item.title,
            "body": item.body,
            "image": item.image,
            "url": item.url,
            "data": dict(item.data),
        }
        for language, item in content.items()
    }
