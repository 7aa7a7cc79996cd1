"""Marks texts of tables for the catalogues."""


def N_(text: str) -> str:  # noqa: N802  # the name that extractors of texts know
    """Mark a text for the catalogue; it is translated where it is shown."""
    return text
