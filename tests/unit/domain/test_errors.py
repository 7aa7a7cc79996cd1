"""The tree drawn in `domain.errors` is the tree of classes, with the consequences of each."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import pushgate
from pushgate.domain import errors
from pushgate.domain.consequences import Consequences, Origin, ProblemCode
from pushgate.domain.errors import PushgateError, VendorError, VendorThrottled

_LINE = re.compile(
    r"(?P<indent>[│├└─ ]*)(?P<name>\w+) +(?P<status>\d{3})  (?P<origin>\w+) *(?P<again>again)?(  \S.*)?"
)
Row = tuple[str, str | None, int, str, bool]
"""Name, name of the parent, status, origin, and whether to try again."""


def drawn() -> Iterator[Row]:
    ancestors: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        depth = len(found["indent"]) // 4
        ancestors[depth:] = [found["name"]]
        parent = ancestors[depth - 1] if depth else None
        yield found["name"], parent, int(found["status"]), found["origin"], found["again"] is not None


def defined(error: type[PushgateError], parent: str | None = None) -> Iterator[Row]:
    found = error.consequences
    yield error.__name__, parent, found.status, found.origin.value, found.retryable
    for child in error.__subclasses__():
        if child.__module__.startswith("pushgate."):
            yield from defined(child, error.__name__)


def classes(root: type[PushgateError] = PushgateError) -> Iterator[type[PushgateError]]:
    yield root
    for child in root.__subclasses__():
        yield from classes(child)


def test_the_drawing_shows_every_error_with_its_consequences() -> None:
    for module in pkgutil.walk_packages(pushgate.__path__, "pushgate."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    assert sorted(drawn(), key=str) == sorted(defined(PushgateError), key=str)


def test_the_drawing_has_the_order_of_the_module() -> None:
    order = [name for name, value in vars(errors).items() if isinstance(value, type)]
    names = [name for name, *_ in drawn() if hasattr(errors, name)]
    assert names == sorted(names, key=order.index)


@pytest.mark.parametrize("error", list(classes()), ids=lambda error: error.__name__)
def test_a_delay_is_given_only_where_trying_again_helps(error: type[PushgateError]) -> None:
    assert error.consequences.retryable or error.consequences.retry_after is None


@pytest.mark.parametrize("error", list(classes()), ids=lambda error: error.__name__)
def test_the_fault_of_a_caller_has_a_status_that_says_so(error: type[PushgateError]) -> None:
    found = error.consequences
    assert (400 <= found.status < 500) is (found.origin is Origin.CALLER)


@pytest.mark.parametrize("error", list(classes()), ids=lambda error: error.__name__)
def test_an_error_of_the_caller_is_explained_to_the_caller(error: type[PushgateError]) -> None:
    found = error.consequences
    assert (found.code is ProblemCode.INTERNAL_ERROR) is (found.status == 500)


def test_an_error_without_consequences_of_its_own_has_those_of_its_parent() -> None:
    assert VendorThrottled.consequences is VendorError.consequences
    assert PushgateError.consequences == Consequences(origin=Origin.PUSHGATE)
