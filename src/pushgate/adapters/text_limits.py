"""Limits of length, width and size that vendors set for parts of a push. Pure."""

from pushgate.adapters.text_width import width
from pushgate.domain.errors import PayloadRejected
from pushgate.domain.outcome import FailureCode


def require_length(value: str | bytes, maximum: int, field: str, unit: str = "characters") -> None:
    """Raise PayloadRejected when the value is longer than the vendor takes."""
    if len(value) > maximum:
        reason = f"has {len(value)} {unit}, the vendor takes {maximum}"
        raise PayloadRejected(FailureCode.TOO_LONG, field, reason, excess=len(value) - maximum)


def require_width(text: str, maximum: int, field: str) -> None:
    """Raise PayloadRejected when the text is wider than the vendor takes (see `text_width`)."""
    if (actual := width(text)) > maximum:
        reason = f"has a width of {actual}, the vendor takes {maximum} (a Chinese character counts 2)"
        raise PayloadRejected(FailureCode.TOO_LONG, field, reason, excess=actual - maximum, measure=width)


def require_size(body: bytes, maximum: int, what: str) -> bytes:
    """Return the body; raise PayloadRejected when it has more bytes than the vendor takes."""
    if len(body) > maximum:
        reason = f"{what} has {len(body)} bytes, the vendor takes {maximum}"
        raise PayloadRejected(FailureCode.PAYLOAD_TOO_LARGE, "content", reason, excess=len(body) - maximum)
    return body


def require_https_image(image: str | None) -> None:
    """Raise PayloadRejected for an image that is not on https."""
    if image and not image.startswith("https://"):
        raise PayloadRejected(
            FailureCode.BAD_IMAGE, "content.image", "must be an https address for this vendor"
        )
