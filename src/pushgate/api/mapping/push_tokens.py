"""Push tokens as callers write them -> push tokens as they are stored. Pure."""

from pushgate.adapters.registry import vendors
from pushgate.domain.errors import FieldError


def to_token(vendor: str, written: str, prefix: str, errors: list[FieldError]) -> str:
    """Return the token in the vendor's normal form.

    Adds an error for an unknown vendor, and for a token that cannot be the vendor's; the error
    never repeats the token. `prefix` is put before the names of the fields.
    """
    known = vendors().get(vendor)
    if known is None:
        errors.append(FieldError(f"{prefix}vendor", f"is none of {', '.join(vendors())}"))
        return written
    token = known.normalize_token(written)
    if not known.token_pattern.fullmatch(token):
        hint = f": {known.token_hint}" if known.token_hint else ""
        error = f"is not in the form of {vendor}'s push tokens{hint}"
        errors.append(FieldError(f"{prefix}token", error))
    elif fault := known.token_fault(token):
        errors.append(FieldError(f"{prefix}token", fault))
    return token
