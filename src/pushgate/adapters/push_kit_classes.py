"""Huawei Push Kit's classes of messages, on Android and on HarmonyOS. Pure.

A push that names no class, or one that Huawei has not approved for the app, counts as marketing.
Sources: docs/reference/vendors/huawei.md#options, docs/reference/vendors/harmony.md#options,
docs/reference/vendors/index.md#categories
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from pushgate.adapters.message_classes import MessageClasses
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.message import Category
from pushgate.domain.outcome import FailureCode

MARKETING, PLAY_VOICE = "MARKETING", "PLAY_VOICE"
SERVICE = frozenset(
    [
        "IM", "VOIP", "SUBSCRIPTION", "TRAVEL", "HEALTH", "WORK", "ACCOUNT", "EXPRESS", "FINANCE",
        "DEVICE_REMINDER", "MAIL", PLAY_VOICE, "CUSTOMER_SERVICE",
    ]
)  # fmt: skip
"""Classes of both systems. Each must be approved by Huawei."""
_BY_CATEGORY: Mapping[Category, str] = {
    Category.MESSAGE: "IM",
    Category.ACCOUNT: "ACCOUNT",
    Category.ORDER: "EXPRESS",
    Category.REMINDER: "WORK",
    Category.NEWS: MARKETING,
    Category.MARKETING: MARKETING,
}
CLASSES: MessageClasses = {category: {"category": name} for category, name in _BY_CATEGORY.items()}


def _require_display_class(name: str) -> str:
    if name == PLAY_VOICE:
        raise ValueError(f"{PLAY_VOICE} is not for messages that are shown; take another class")
    return name


_DisplayClass = Annotated[
    str, StringConstraints(pattern=r"^[A-Z_]{1,64}$"), AfterValidator(_require_display_class)
]


class ApprovedClassSettings(BaseModel):
    """The part of a section that names classes which Huawei has approved for the app."""

    categories: dict[Category, _DisplayClass] = Field(
        default_factory=dict,
        description="Huawei's class for messages of an `options.category`, "
        "where it has approved another one than the table's",
    )

    def message_classes(self) -> MessageClasses:
        """Return the table, with the app's own classes."""
        return {**CLASSES, **{category: {"category": name} for category, name in self.categories.items()}}

    def require_known_class(self, name: str | None, known: frozenset[str], vendor: str) -> None:
        """Raise PayloadRejected for a class that is neither in `known` nor the app's own."""
        if name and name not in known and name not in self.categories.values():
            reason = (
                f"is no class that Huawei documents; if it has approved it, name it in {vendor}.categories"
            )
            raise PayloadRejected(FailureCode.BAD_OPTION, f"options.{vendor}.category", reason)
