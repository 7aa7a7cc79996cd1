"""The content that a message takes from a stored template: a copy, made when the request comes in.

Errors and warnings about the copy name the request's field `template`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import NamedTuple

from pushgate.api.schemas.messages import ChangeBody, MessageBody, TemplateReference
from pushgate.content.personal.syntax import may_have_placeholders
from pushgate.domain.app import App
from pushgate.domain.errors import FieldError, NotFound
from pushgate.domain.message import Content, TemplateVersion
from pushgate.messages.templates import TemplateHead, Templates

_CONTENT = "content."


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateCopy:
    """The content of a template's version. Where there is none, `errors` say why."""

    template: TemplateVersion
    content: Mapping[str, Content] = dataclass_field(default_factory=dict)
    default_language: str = ""
    errors: tuple[FieldError, ...] = ()

    @property
    def has_placeholders(self) -> bool:
        """Whether values are filled into the content. A stored template has no other braces."""
        return any(map(may_have_placeholders, self.content.values()))


class Copies(NamedTuple):
    """The contents that a request takes from templates; None where the request has its own, or
    none.
    """

    content: TemplateCopy | None = None
    fallback: TemplateCopy | None = None


NO_COPIES = Copies()


class TemplateCopies:
    """Makes copies for one request. Each template is looked up once, however many messages of a
    batch name it.
    """

    def __init__(self, templates: Templates, app: App) -> None:
        self._templates = templates
        self._app = app
        self._heads: dict[str, TemplateHead | None] = {}

    async def of(self, written: MessageBody | ChangeBody) -> Copies:
        """Return the contents that a request names. Raises EngineUnavailable."""
        content, fallback = written.template, written.fallback_template
        return Copies(
            await self._copy(content, "template") if content else None,
            await self._copy(fallback, "fallback_template") if fallback else None,
        )

    async def _copy(self, written: TemplateReference, field: str) -> TemplateCopy:
        """Return the content that this field of a request names."""
        if written.name not in self._heads:
            (self._heads[written.name],) = await self._templates.heads(self._app, [written.name])
        head = self._heads[written.name]
        if head is None:
            remedy = f"PUT /v1/templates/{written.name} stores one"
            error = FieldError(f"{field}.name", f"there is no template {written.name}; {remedy}")
            return TemplateCopy(template=TemplateVersion(written.name, 0), errors=(error,))
        found = TemplateVersion(written.name, written.version or head.latest)
        try:
            stored = await self._templates.content(self._app, written.name, head, found.version)
        except NotFound as missing:
            return TemplateCopy(template=found, errors=(FieldError(f"{field}.version", str(missing)),))
        return TemplateCopy(template=found, content=stored.content, default_language=stored.default_language)


def said_of_template(found: Iterable[FieldError], template: TemplateVersion) -> list[FieldError]:
    """Return errors or warnings; those about the content name the template instead."""
    return [
        FieldError("template", f"{one.field} of version {template.version} {one.message}")
        if one.field.startswith(_CONTENT) or one.field == "content"
        else one
        for one in found
    ]
