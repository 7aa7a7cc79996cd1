"""The content that a message takes from a stored template: a copy, made when the request comes in.

What vendors or limits say of the copy is said of the request's field `template`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pushgate.api.schemas.messages import TemplateReference
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
    content: Mapping[str, Content] = field(default_factory=dict)
    default_language: str = ""
    errors: tuple[FieldError, ...] = ()

    @property
    def has_placeholders(self) -> bool:
        """Whether values are filled into the content. A stored template has no other braces."""
        return any(map(may_have_placeholders, self.content.values()))


class TemplateCopies:
    """Makes copies for one request. Each template is looked up once, however many messages of a
    batch name it.
    """

    def __init__(self, templates: Templates, app: App) -> None:
        self._templates = templates
        self._app = app
        self._heads: dict[str, TemplateHead | None] = {}

    async def copy(self, written: TemplateReference) -> TemplateCopy:
        """Return the content that a request names. Raises EngineUnavailable."""
        if written.name not in self._heads:
            (self._heads[written.name],) = await self._templates.heads(self._app, [written.name])
        head = self._heads[written.name]
        if head is None:
            remedy = f"PUT /v1/templates/{written.name} stores one"
            error = FieldError("template.name", f"there is no template {written.name}; {remedy}")
            return TemplateCopy(template=TemplateVersion(written.name, 0), errors=(error,))
        found = TemplateVersion(written.name, written.version or head.latest)
        try:
            stored = await self._templates.content(self._app, written.name, head, found.version)
        except NotFound as missing:
            return TemplateCopy(template=found, errors=(FieldError("template.version", str(missing)),))
        return TemplateCopy(template=found, content=stored.content, default_language=stored.default_language)


def said_of_template(found: Iterable[FieldError], template: TemplateVersion) -> list[FieldError]:
    """Return errors or warnings of which those about the content name the template instead."""
    return [
        FieldError("template", f"{one.field} of version {template.version} {one.message}")
        if one.field.startswith(_CONTENT) or one.field == "content"
        else one
        for one in found
    ]
