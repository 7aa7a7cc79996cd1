"""Which spellings of a push token are one and the same to the vendor. Pure."""


def as_compared(vendor: str, token: str) -> str:
    """The token in the form that tokens of this vendor are compared in: APNs' are bytes, written in hex of either case."""
    return token.lower() if vendor == "apns" else token
