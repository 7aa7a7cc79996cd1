"""Names of parametrized tests."""


def readable(value: object) -> str:
    """A parameter as text, alike in every process: the order of a set differs between them."""
    if isinstance(value, set):
        return f"{{{', '.join(sorted(map(repr, value)))}}}"
    return str(value)
