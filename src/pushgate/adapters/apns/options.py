"""`options.apns`: what a message may set for APNs. Pure.

Source: docs/reference/vendors/apns.md#options
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pushgate.adapters.option_rules import EXACT, goes_with, only_one
from pushgate.adapters.vendor_options import VendorOptions


class LiveActivity(VendorOptions):
    """What a push does to a Live Activity."""

    event: Literal["start", "update", "end"]
    content_state: dict[str, object]
    stale_date: int | None = Field(default=None, ge=0, description="seconds since the epoch")
    dismissal_date: int | None = Field(default=None, ge=0, description="seconds since the epoch")
    attributes_type: str | None = Field(default=None, description="needed by event start")
    attributes: dict[str, object] | None = Field(default=None, description="needed by event start")

    input_push_token: Annotated[Literal[1], EXACT] | None = Field(
        default=None, description="for event start on iOS 18: the app is woken to make a token for updates"
    )
    input_push_channel: str | None = Field(
        default=None,
        min_length=1,
        max_length=256,
        description="for event start on iOS 18: the id of the channel it listens to, "
        "instead of input_push_token",
    )

    @model_validator(mode="after")
    def _require_start_fields(self) -> Self:
        if self.event == "start":
            if self.attributes_type is None or self.attributes is None:
                raise ValueError("event start needs attributes_type and attributes")
            if self.input_push_token and self.input_push_channel:
                raise ValueError("takes one of input_push_token and input_push_channel")
            return self
        for name in ("attributes_type", "attributes", "input_push_token", "input_push_channel"):
            if getattr(self, name) is not None:
                raise ValueError(f"{name} belongs to event start; leave it out of event {self.event}")
        return self


class CriticalSound(VendorOptions):
    """A sound that is played even where sounds are off; the app needs Apple's entitlement."""

    critical: Annotated[Literal[1], EXACT] = 1
    name: str = "default"
    volume: float = Field(default=1.0, ge=0, le=1)


class ApnsOptions(VendorOptions):
    """Options of a message for APNs."""

    badge: int | None = Field(default=None, ge=0, lt=2**31)
    sound: str | None = None
    critical_sound: CriticalSound | None = Field(default=None, description="instead of sound")
    subtitle: str | None = None
    launch_image: str | None = None
    title_loc_key: str | None = None
    title_loc_args: tuple[str, ...] | None = None
    subtitle_loc_key: str | None = None
    subtitle_loc_args: tuple[str, ...] | None = None
    loc_key: str | None = None
    loc_args: tuple[str, ...] | None = None
    category: str | None = None
    thread_id: str | None = None
    target_content_id: str | None = None
    interruption_level: Literal["passive", "active", "time-sensitive", "critical"] | None = None
    filter_criteria: str | None = None
    relevance_score: float | None = Field(
        default=None, ge=0, description="0 to 1, but for Live Activities, whose may be any"
    )
    mutable_content: bool = False
    content_available: bool = False
    push_type: Literal[
        "alert", "background", "voip", "complication", "fileprovider", "location", "liveactivity",
        "pushtotalk", "widgets", "controls",
    ] = "alert"  # fmt: skip
    live_activity: LiveActivity | None = Field(default=None, description="goes with push_type liveactivity")

    @model_validator(mode="after")
    def _require_consistency(self) -> Self:
        only_one(sound=self.sound, critical_sound=self.critical_sound)
        goes_with(title_loc_args=self.title_loc_args, title_loc_key=self.title_loc_key)
        goes_with(subtitle_loc_args=self.subtitle_loc_args, subtitle_loc_key=self.subtitle_loc_key)
        goes_with(loc_args=self.loc_args, loc_key=self.loc_key)
        return self


DISPLAY_OPTIONS = frozenset(ApnsOptions.model_fields) - {"push_type", "live_activity"}
"""Options that a push which shows nothing does not carry."""
