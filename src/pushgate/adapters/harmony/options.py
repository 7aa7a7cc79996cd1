"""`options.harmony`: what a message may set for HarmonyOS 5 and later. Pure.

Source: docs/reference/vendors/harmony.md#options
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from pushgate.adapters.harmony.live_view import LiveView
from pushgate.adapters.links import HttpsUrl, Page
from pushgate.adapters.option_rules import EXACT, only_one
from pushgate.adapters.push_kit_classes import MARKETING, SERVICE
from pushgate.adapters.push_kit_options import require_style_texts
from pushgate.adapters.vendor_options import VendorOptions

PushType = Literal["alert", "form", "voice", "background", "live_view", "voip"]
Line = Annotated[str, StringConstraints(max_length=1024)]
# docs/reference/vendors/harmony.md#options, docs/reference/vendors/index.md#categories
DOCUMENTED_CLASSES = SERVICE | {MARKETING, "MISS_CALL"}


def _form_data(data: dict[str, object]) -> dict[str, object]:
    """No nulls, and no address of a data share. See docs/reference/vendors/harmony.md#options."""
    for name, value in data.items():
        if name.startswith("datashareproxy://"):
            raise ValueError("has a key that begins with datashareproxy://, which Huawei refuses")
        _require_no_null(name, value)
    return data


def _require_no_null(name: str, value: object) -> None:
    if value is None:
        raise ValueError(f"{name} is null or holds a null, which Huawei refuses; leave it out")
    if isinstance(value, dict):
        _form_data(value)
    for inner in value if isinstance(value, list) else ():
        _require_no_null(name, inner)


class FormImage(VendorOptions):
    """The picture of a card."""

    key_name: str = Field(min_length=1, description="the picture's name in the card's data")
    url: HttpsUrl = Field(max_length=2048, description="at most 512 KB")
    require: Annotated[Literal[0, 1], EXACT] | None = Field(
        default=None, description="1 = no update without the picture"
    )


class FormUpdate(VendorOptions):
    """An update of a card. A card is on one device, so the push goes to a single terminal."""

    form_id: int = Field(ge=0, lt=2**63)
    version: int = Field(
        ge=0, lt=2**31, description="an older one than the card has changes nothing; 0 begins anew"
    )
    module_name: str = Field(min_length=1)
    form_name: str = Field(min_length=1)
    ability_name: str = Field(min_length=1)
    form_data: Annotated[dict[str, object], AfterValidator(_form_data)]
    images: tuple[FormImage, ...] | None = Field(default=None, max_length=1)


class VoipCall(VendorOptions):
    """An incoming call. The push wakes the app, and the app shows the call."""

    scene: Literal["voice", "video"]


class HarmonyOptions(VendorOptions):
    """`options.harmony`."""

    category: str | None = Field(
        default=None,
        pattern=r"^[A-Z_]{1,64}$",
        description="class of the message; any but MARKETING must have been approved by Huawei",
    )
    push_type: PushType = "alert"
    form: FormUpdate | None = Field(default=None, description="goes with push_type form")
    live_view: LiveView | None = Field(default=None, description="goes with push_type live_view")
    voip: VoipCall | None = Field(default=None, description="goes with push_type voip")
    style: Annotated[Literal[0, 1, 3], EXACT] | None = Field(
        default=None, description="1 long text, which Huawei is about to withdraw; 3 list of lines"
    )
    big_title: str | None = None
    big_body: str | None = None
    inbox_content: tuple[Line, ...] | None = Field(default=None, max_length=3)
    profile_id: str | None = Field(default=None, max_length=64)
    badge_add: int | None = Field(default=None, ge=1, le=99)
    badge_set: int | None = Field(default=None, ge=0, le=99)
    sound: str | None = None
    sound_duration: int | None = Field(default=None, ge=1, le=60, description="seconds")
    foreground_show: bool | None = Field(
        default=None, description="false: while the app is in front, it is handed the push instead"
    )
    action: str | None = Field(default=None, description="page opened on a click, by its action")
    uri: Page | None = Field(default=None, description="page opened on a click, by its uri")
    notify_id: int | None = Field(default=None, ge=0, le=2**31 - 1)
    receipt_id: str | None = None
    background_mode: Annotated[Literal[0, 1], EXACT] | None = None
    proxy_data: bool | None = Field(
        default=None, description="of background pushes: also stored for the app to read later"
    )
    test_message: bool | None = None

    @model_validator(mode="after")
    def _require_consistency(self) -> Self:
        for name in ("form", "live_view", "voip"):
            if (self.push_type == name) != (getattr(self, name) is not None):
                raise ValueError(f"{name} is required by push_type {name}, and goes with no other")
        require_style_texts(self.style, self.big_title, self.big_body, self.inbox_content)
        only_one(badge_add=self.badge_add, badge_set=self.badge_set)
        return self


DISPLAY_OPTIONS = frozenset(
    [
        "style", "big_title", "big_body", "inbox_content", "profile_id", "badge_add", "badge_set", "sound",
        "sound_duration", "foreground_show", "action", "uri", "notify_id",
    ]
)  # fmt: skip
"""Options that only alerts and voice broadcasts have."""
