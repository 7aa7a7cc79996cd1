"""Numbers that people type before something is sent."""

_SEPARATORS = " ,.，\u202f\u00a0’'"
_MAX_DIGITS = 15


def read_number(text: str) -> int:
    """Return a number as people type it, with separators; -1 for another text."""
    digits = "".join(sign for sign in text if sign not in _SEPARATORS)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_DIGITS else -1
