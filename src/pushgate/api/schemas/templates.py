"""Stored templates: contents under a name, in versions that never change."""

from pydantic import AwareDatetime, Field

from pushgate.api.schemas.base import RequestBody, ResponseModel
from pushgate.api.schemas.fields import Language, TemplateName, VendorName
from pushgate.api.schemas.message_responses import Content
from pushgate.api.schemas.messages import MAX_VERSION, Contents, OptionsBody, Values
from pushgate.api.schemas.problems import FieldError


class TemplateBody(RequestBody):
    """The content of a version of a template."""

    content: Contents = Field(description="by BCP 47 language")
    default_language: Language | None = Field(
        default=None,
        description="one of content's, for terminals whose language none of them fits; "
        "unset = the app's, or the only one",
    )


class TemplatePreviewBody(RequestBody):
    """What to preview: a stored version, or content that is not stored yet."""

    version: int | None = Field(default=None, ge=1, le=MAX_VERSION, description="unset = the latest")
    content: Contents | None = Field(
        default=None, description="shown in place of a stored version; the template need not exist yet"
    )
    language: Language | None = Field(default=None, description="show only the content of this language")
    values: Values = Field(
        default_factory=dict, description="what `{{ values.<name> }}` shows, as a message brings it"
    )
    attributes: Values = Field(default_factory=dict, description="attributes of the terminal")
    user_attributes: Values = Field(default_factory=dict, description="attributes of its user")
    options: OptionsBody = Field(
        default_factory=OptionsBody, description="the options of the message that will name the template"
    )


class TemplateRow(ResponseModel):
    """A template in a list."""

    name: TemplateName
    latest_version: int = Field(ge=1)
    created_at: AwareDatetime
    changed_at: AwareDatetime
    changed_by: str = Field(description="the name of the API key that stored the latest version")
    title: str = Field(description="of the latest version, in its default language")
    languages: list[str]


class StoredVersion(ResponseModel):
    """A version of a template without its content."""

    version: int = Field(ge=1)
    created_at: AwareDatetime
    created_by: str = Field(description="the name of the API key that stored it")


class Template(StoredVersion):
    """A version of a template, and which versions there are."""

    name: TemplateName
    content: dict[str, Content]
    default_language: str
    versions: list[StoredVersion] = Field(description="that are kept, the latest first")


class TemplateWithWarnings(Template):
    """The latest version, and warnings about vendors that cannot carry it."""

    warnings: list[FieldError]


class TemplatePage(ResponseModel):
    """Some templates, in the order of their names."""

    templates: list[TemplateRow]
    next_cursor: str | None


class RenderedBody(ResponseModel):
    """The body that one vendor receives with the content of one language."""

    vendor: VendorName
    language: str
    body: str | None = Field(
        description="as the vendor gets it, to the push token `TOKEN`; callback tokens and receipt "
        "URLs are hidden, and of web push it is what is encrypted. null where the vendor cannot carry it"
    )
    problems: list[FieldError] = Field(description="why the vendor cannot carry it, and what to do")
    warnings: list[FieldError]


class TemplatePreview(ResponseModel):
    """What each vendor would receive."""

    version: int | None = Field(description="null where the content came with the request")
    content: dict[str, Content] = Field(description="with the values in place")
    problems: list[FieldError] = Field(description="contents that nobody gets, because they lack a value")
    vendors: list[RenderedBody]
