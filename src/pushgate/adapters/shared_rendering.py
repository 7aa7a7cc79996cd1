"""The common part of rendered pushes that are the same for every token."""

from collections.abc import Mapping
from typing import Self

from pushgate.domain.outcome import RefusalScope


class SharedRendering:
    """A rendered push that all tokens get alike: one rendering, whose refusals have the same
    scopes for any number of tokens.
    """

    def __init__(self, scopes: Mapping[RefusalScope, str]) -> None:
        self._scopes = scopes

    @property
    def refusal_scopes(self) -> Mapping[RefusalScope, str]:
        """Return what a refusal may be about, the same for any number of tokens."""
        return self._scopes

    def scopes(self, count: int) -> Mapping[RefusalScope, str]:
        """Return what a refusal may be about, the same for any number of tokens."""
        return self._scopes

    def rendering_for(self, token: bytes) -> Self:
        """Return the push itself: all tokens get the same."""
        return self
