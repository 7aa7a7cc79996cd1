"""Stored templates, domain -> JSON. Pure."""

from collections.abc import Iterable, Mapping

from pushgate.api.mapping.content import from_content
from pushgate.api.mapping.messages import from_warnings
from pushgate.api.times import format_instant
from pushgate.domain.clock import from_ms
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Content
from pushgate.messages.templates import StoredVersion, TemplateHead, VersionHead
from pushgate.preflight.rendered_bodies import RenderedBody


def from_head(name: str, head: TemplateHead) -> dict[str, object]:
    """Return a template in a list."""
    return {
        "name": name,
        "latest_version": head.latest,
        "created_at": format_instant(from_ms(head.created_ms)),
        "changed_at": format_instant(from_ms(head.changed_ms)),
        "changed_by": head.changed_by,
        "title": head.title,
        "languages": list(head.languages),
    }


def from_stored(stored: StoredVersion, versions: Mapping[int, VersionHead]) -> dict[str, object]:
    """Return a version with its content, and all versions that are kept."""
    return {
        "name": stored.name,
        **_from_version(stored.version, stored.about),
        "content": from_content(stored.content.content),
        "default_language": stored.content.default_language,
        "versions": [_from_version(number, about) for number, about in versions.items()],
    }


def from_preview(
    version: int | None,
    content: Mapping[str, Content],
    problems: Iterable[FieldError],
    bodies: Iterable[RenderedBody],
) -> dict[str, object]:
    """Return a preview of the bodies that vendors would receive."""
    return {
        "version": version,
        "content": from_content(content),
        "problems": from_warnings(problems),
        "vendors": [
            {
                "vendor": one.vendor,
                "language": one.language,
                "body": one.body,
                "problems": from_warnings(one.problems),
                "warnings": from_warnings(one.warnings),
            }
            for one in bodies
        ],
    }


def _from_version(number: int, about: VersionHead) -> dict[str, object]:
    return {
        "version": number,
        "created_at": format_instant(from_ms(about.created_ms)),
        "created_by": about.created_by,
    }
