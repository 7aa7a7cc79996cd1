"""A sealed value where it is stored, as `pushgate secrets reseal` goes over it. Pure."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """A value, sealed or in clear, the context that it is sealed for, and what replaces it.

    `replace` stores the value sealed anew. It returns False, and changes nothing, where somebody
    else changed the value meanwhile.
    """

    context: str
    value: bytes = field(repr=False)
    replace: Callable[[bytes], Awaitable[bool]] = field(repr=False)
