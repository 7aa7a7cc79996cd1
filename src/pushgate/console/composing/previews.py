"""A content as phones of each kind show it, cut where their vendors cut it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pushgate.console.composing.message_form import ContentForm
from pushgate.console.composing.text_limits import (
    Counted,
    Part,
    count_text,
    cut_for,
    shows_images,
    tightest,
)
from pushgate_client.types import GroupCount

PLATFORMS: Mapping[str, Sequence[str]] = {
    "iphone": ("apns",),
    "emui": ("huawei", "harmony"),
    "miui": ("xiaomi",),
    "pixel": ("fcm", "honor", "oppo", "vivo", "meizu"),
    "web": ("webpush",),
}
"""The vendors of each kind of phone, by its style."""
_WITH_LIMITS = ("meizu", "oppo", "vivo", "xiaomi")
"""Vendors whose limits are shown where the app has no phones yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A content on one kind of phone.

    `over` is the limit that a text does not fit, of the vendor whose phones are shown; None where
    all fits. `is_cut` says that texts are cut, not refused.
    """

    platform: str
    vendors: Sequence[str]
    phones: int
    title: str
    body: str
    has_image: bool
    over: Counted | None
    over_part: Part | None
    is_cut: bool


def show_previews(
    content: ContentForm, image: str, groups: Sequence[GroupCount], *, is_cut: bool
) -> list[Preview]:
    """Return the content on each kind of phone, with how many of these phones there are."""
    return [_show(platform, content, image, groups, is_cut=is_cut) for platform in PLATFORMS]


def limiting_vendors(groups: Iterable[GroupCount]) -> Sequence[str]:
    """Return the vendors whose limits matter: those of the phones, or all where there are none."""
    return sorted({group["vendor"] for group in groups}) or _WITH_LIMITS


def _show(
    platform: str, content: ContentForm, image: str, groups: Sequence[GroupCount], *, is_cut: bool
) -> Preview:
    phones = {
        vendor: sum(group["count"] for group in groups if group["vendor"] == vendor)
        for vendor in PLATFORMS[platform]
    }
    vendors = [vendor for vendor, count in phones.items() if count] or PLATFORMS[platform]
    over, part = _over(content, vendors)
    title, body = content.title, content.body
    if over and is_cut:
        title, body = cut_for(title, Part.TITLE, over.vendor), cut_for(body, Part.BODY, over.vendor)
    return Preview(
        platform=platform,
        vendors=vendors,
        phones=sum(phones.values()),
        title=title,
        body=body,
        has_image=bool(image) and any(shows_images(vendor) for vendor in vendors),
        over=over,
        over_part=part,
        is_cut=is_cut,
    )


def _over(content: ContentForm, vendors: Sequence[str]) -> tuple[Counted | None, Part | None]:
    for part, text in ((Part.TITLE, content.title), (Part.BODY, content.body)):
        if over := tightest(count_text(text, part, vendors)):
            return over, part
    return None, None
