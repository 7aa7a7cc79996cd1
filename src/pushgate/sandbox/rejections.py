"""Which push tokens a simulated vendor rejects, and with which of its codes. Pure."""

from collections.abc import Mapping, Sequence

DEAD_PREFIX = "dead"
"""A token that begins so is dead to every simulated vendor."""
RejectedTokens = Mapping[str, str]
"""Tokens that a vendor rejects, each with the vendor's code for it; '' for a dead token."""


def rejection_code(token: str, rejected: RejectedTokens) -> str | None:
    """The code that the token is rejected with, '' if it is dead, None if it is accepted."""
    return rejected.get(token, "" if token.startswith(DEAD_PREFIX) else None)


def split_tokens(
    tokens: Sequence[str], rejected: RejectedTokens, dead_code: str = ""
) -> tuple[list[str], dict[str, str]]:
    """The accepted tokens, and the code of each rejected one;

    `dead_code` is that of a dead token.
    """
    codes = {token: rejection_code(token, rejected) for token in tokens}
    return (
        [token for token in tokens if codes[token] is None],
        {token: code or dead_code for token, code in codes.items() if code is not None},
    )


def tokens_by_code(codes: Mapping[str, str]) -> dict[str, list[str]]:
    """Rejected tokens grouped by their code."""
    grouped: dict[str, list[str]] = {}
    for token, code in codes.items():
        grouped.setdefault(code, []).append(token)
    return grouped
