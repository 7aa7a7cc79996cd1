"""Warnings that several vendors share: parts of a push that have no effect. Pure."""

from pushgate.adapters.contract import Push
from pushgate.adapters.message_classes import MessageClasses, names_class
from pushgate.domain.errors import FieldError

_MISSING_CLASS = FieldError(
    "options.category",
    "is not set: the push is taken for marketing, which is limited and shown without sound; name a category",
)
_NO_PICTURE = FieldError("content.image", "is not shown: the vendor takes no picture")


def missing_class_warnings(push: Push, vendor: str, classes: MessageClasses) -> list[FieldError]:
    """Warn of a push without a class, for a vendor whose default is its marketing class."""
    if push.options.category or names_class(push.options.vendors.get(vendor, {}), classes):
        return []
    return [_MISSING_CLASS]


def picture_warnings(push: Push) -> list[FieldError]:
    """Warn of a push with a picture, for a vendor that shows none."""
    return [_NO_PICTURE] if push.content.image else []
