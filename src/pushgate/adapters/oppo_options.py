"""`options.oppo` (VENDORS 8.2): what a message may set for OPPO. Pure."""

from typing import Literal, Self

from pydantic import Field, model_validator

from pushgate.adapters.rules import Extras


class OppoExtras(Extras):
    """`options.oppo` (VENDORS 8.2)."""

    subtitle: str | None = None
    channel_id: str | None = None
    category: str | None = None
    notify_level: Literal[1, 2, 16] | None = Field(default=None, description="needs a category")
    small_picture_id: str | None = Field(default=None, max_length=128, description="of OPPO's upload")
    big_picture_id: str | None = Field(
        default=None,
        max_length=128,
        description="of OPPO's upload; the content is saved first, and then pushed",
    )
    url: str | None = Field(
        default=None, max_length=2000, pattern=r"^https?://", description="opened on a click"
    )
    activity: str | None = Field(default=None, max_length=500, description="opened on a click, by its action")
    activity_class: str | None = Field(
        default=None, max_length=500, description="opened on a click, by its class"
    )
    intent: str | None = Field(
        default=None, max_length=2000, description="opened on a click, by an intent URL"
    )
    wifi_only: bool | None = None
    show_ttl: int | None = Field(default=None, ge=0, le=86_400, description="seconds it may be shown")
    show_from: int | None = Field(default=None, ge=0, lt=2**53, description="ms since the epoch")
    show_until: int | None = Field(default=None, ge=0, lt=2**53, description="ms since the epoch")
    private_msg_template_id: str | None = Field(
        default=None, max_length=128, description="of a template that OPPO approved, as private classes need"
    )
    private_title_parameters: dict[str, str] | None = None
    private_content_parameters: dict[str, str] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.show_from is None) != (self.show_until is None):
            raise ValueError("show_from and show_until go together")
        given = self.private_title_parameters or self.private_content_parameters
        if given and not self.private_msg_template_id:
            raise ValueError("private_..._parameters go with private_msg_template_id")
        return self
