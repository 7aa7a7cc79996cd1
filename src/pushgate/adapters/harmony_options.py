"""`options.harmony` (VENDORS 5.2): what a message may set for HarmonyOS 5 and later. Pure."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pushgate.adapters.rules import Extras

Line = Annotated[str, StringConstraints(max_length=1024)]


class FormUpdate(Extras):
    """A card whose content is renewed. It is one device's, so it goes to a single terminal."""

    form_id: int = Field(ge=0, lt=2**63)
    version: int = Field(ge=0, lt=2**31, description="an older one than the card has changes nothing")
    module_name: str
    form_name: str
    ability_name: str
    form_data: dict[str, object]
    images: tuple[dict[str, object], ...] | None = None


class HarmonyExtras(Extras):
    """`options.harmony`."""

    category: str | None = Field(default=None, pattern=r"^[A-Z_]{1,64}$")
    push_type: Literal["alert", "form", "voice", "background"] = "alert"
    form: FormUpdate | None = Field(default=None, description="goes with push_type form")
    style: Literal[0, 1, 3] | None = Field(default=None, description="1 long text, 3 list of lines")
    big_title: str | None = None
    big_body: str | None = None
    inbox_content: tuple[Line, ...] | None = Field(default=None, max_length=3)
    profile_id: str | None = Field(default=None, max_length=64)
    badge_add: int | None = Field(default=None, ge=1, le=99)
    badge_set: int | None = Field(default=None, ge=0, le=99)
    sound: str | None = None
    sound_duration: int | None = Field(default=None, ge=1, le=60, description="seconds")
    foreground_show: bool | None = None
    action: str | None = Field(default=None, description="page opened on a click, by its action")
    uri: str | None = Field(default=None, description="page opened on a click, by its uri")
    tel: str | None = Field(
        default=None, pattern=r"^[0-9+*#,;-]{1,20}$", description="number dialled on a click"
    )
    clear_on_click: bool = Field(default=False, description="a click does nothing but remove it")
    notify_id: int | None = Field(default=None, ge=0, le=2**31 - 1)
    receipt_id: str | None = None
    background_mode: Literal[0, 1] | None = None
    proxy_data: bool = Field(default=False, description="of background pushes")
    test_message: bool | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.push_type == "form") != (self.form is not None):
            raise ValueError("form goes with push_type form, and that with it")
        if self.style == 1 and not (self.big_title and self.big_body):
            raise ValueError("style 1 goes with big_title and big_body")
        if self.style == 3 and not self.inbox_content:
            raise ValueError("style 3 goes with inbox_content")
        if sum(map(bool, (self.action or self.uri, self.tel, self.clear_on_click))) > 1:
            raise ValueError("a click does one thing: action or uri, or tel, or clear_on_click")
        return self
