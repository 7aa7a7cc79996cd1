"""`options.harmony.live_view`: a live view that is created, updated or ended. Pure.

Source: docs/reference/vendors/harmony.md#options
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pushgate.adapters.links import HttpsUrl, Page
from pushgate.adapters.option_rules import EXACT, only_one
from pushgate.adapters.vendor_options import VendorOptions

Operation = Literal["create", "update", "end"]
LiveViewEvent = Literal[
    "FLIGHT", "TAXI", "TRAIN", "DELIVERY", "QUEUE", "RENT", "PICK_UP", "SCORE", "TIMER", "WORKOUT",
    "NAVIGATION", "EXPRESS", "CHECK_IN", "TRADE", "SUBSCRIBE_TIMER",
]  # fmt: skip
_NOT_CREATED = frozenset(["PICK_UP", "SCORE", "TIMER", "WORKOUT", "NAVIGATION"])
"""Events whose live view the app creates; pushes update and end it."""
_BY_TYPE: Mapping[int, tuple[str, ...]] = {
    3: ("rich_progress",),
    4: ("single_text_block",),
    5: ("first_text_block", "last_text_block"),
    7: ("game",),
}
LiveViewBlock = Annotated[
    dict[str, object],
    Field(max_length=64, description="fields by Huawei's own names; pictures are the app's"),
]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9\- #]+$", max_length=20)]


class LiveText(VendorOptions):
    """A part of the text with its own colour."""

    text: str = Field(min_length=1, max_length=1024, description="`{{status}}` stands for the status")
    foreground_color: str | None = Field(default=None, pattern=r"^#[0-9A-Fa-f]{8}$", description="#AARRGGBB")


class Extend(VendorOptions):
    """The part at the side of the live view, and what a click on it does."""

    type: Annotated[Literal[0, 1, 2, 3, 4], EXACT]
    text: str | None = None
    image: str | None = Field(default=None, description="file in the app's rawfile folder")
    action: str | None = Field(default=None, description="page opened on a click, by its action")
    uri: Page | None = Field(default=None, description="page opened on a click, by its uri")
    tel: Phone | None = Field(
        default=None, description="number dialled on a click: digits, spaces, -, #, and + at the beginning"
    )
    clear_on_click: Annotated[Literal[True], EXACT] | None = Field(
        default=None, description="a click removes the live view"
    )

    @model_validator(mode="after")
    def _require_consistency(self) -> Self:
        page = self.action or self.uri
        only_one(action_or_uri=page, tel=self.tel, clear_on_click=self.clear_on_click)
        return self


class Capsule(VendorOptions):
    """The small form in the status bar."""

    type: Annotated[Literal[1, 2, 3], EXACT] = Field(description="1 icon and text, 2 timer, 3 progress")
    status: Annotated[Literal[1, -1], EXACT] = Field(default=1, description="1 shown, -1 not")
    icon: str = Field(min_length=1, description="file in the app's rawfile folder")
    more: LiveViewBlock | None = None


class LiveView(VendorOptions):
    """A live view. The content's title and body are for devices without live views."""

    activity_id: int = Field(ge=-(2**31), lt=2**31, description="chosen by you; one id is one live view")
    operation: Operation
    event: LiveViewEvent = Field(description="each needs Huawei's permission")
    sub_event: str | None = Field(default=None, max_length=64)
    status: str | None = Field(
        default=None, max_length=64, description="needed on create, and on updates of what a push created"
    )
    version: int | None = Field(default=None, ge=0, lt=2**31, description="greater than the last")
    mute: bool | None = Field(default=None, description="default true")
    share_url: HttpsUrl | None = Field(default=None, max_length=2048)
    type: Annotated[Literal[3, 4, 5, 7], EXACT] = Field(
        description="3 progress, 4 emphasised text, 5 texts left and right, 7 game"
    )
    content_title: str | None = Field(
        default=None, min_length=1, max_length=1024, description="needed on create"
    )
    content_text: tuple[LiveText, ...] | None = Field(
        default=None, min_length=1, max_length=16, description="needed on create"
    )
    action: str | None = Field(default=None, description="page opened on a click, by its action")
    uri: Page | None = Field(default=None, description="page opened on a click, by its uri")
    flight_no: str | None = Field(default=None, max_length=64, description="on create")
    train_no: str | None = Field(default=None, max_length=64, description="on create")
    keep_time: int | None = Field(
        default=None,
        ge=0,
        le=3600,
        description="seconds it stays in the list after its end; unset = not at all",
    )
    rich_progress: LiveViewBlock | None = Field(default=None, description="of type 3")
    single_text_block: LiveViewBlock | None = Field(default=None, description="of type 4")
    first_text_block: LiveViewBlock | None = Field(default=None, description="of type 5")
    last_text_block: LiveViewBlock | None = Field(default=None, description="of type 5")
    game: LiveViewBlock | None = Field(default=None, description="of type 7")
    extend: Extend | None = None
    capsule: Capsule | None = None
    external: LiveViewBlock | None = Field(default=None, description="for small outer screens")

    @model_validator(mode="after")
    def _require_consistency(self) -> Self:
        creates = self.operation == "create"
        if creates and self.event in _NOT_CREATED:
            raise ValueError(f"a live view of {self.event} is created by the app; a push updates or ends it")
        if creates and not (self.status and self.content_title and self.content_text):
            raise ValueError("operation create goes with status, content_title and content_text")
        if creates and not any("{{status}}" in text for text in self._texts()):
            raise ValueError("operation create needs {{status}} in content_title or content_text")
        if not creates and (self.flight_no or self.train_no):
            raise ValueError("flight_no and train_no go with operation create")
        only_one(flight_no=self.flight_no, train_no=self.train_no)
        self._require_blocks()
        return self

    def _texts(self) -> list[str]:
        return [self.content_title or "", *(piece.text for piece in self.content_text or ())]

    def _require_blocks(self) -> None:
        for kind, names in _BY_TYPE.items():
            for name in names:
                if kind != self.type and getattr(self, name) is not None:
                    raise ValueError(f"{name} goes with type {kind}")
        progress = self.rich_progress or {}
        share, icons = progress.get("progress", 0), progress.get("nodeIcons", [0, 0])
        if isinstance(share, bool) or not isinstance(share, int) or not 0 <= share <= 100:
            raise ValueError("rich_progress.progress is from 0 to 100")
        if not isinstance(icons, list) or not 2 <= len(icons) <= 5:
            raise ValueError("rich_progress.nodeIcons is a list of 2 to 5")
