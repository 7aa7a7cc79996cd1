"""Every number and duration of the configuration has bounds, and errors name what exceeds them."""

from collections.abc import Iterator
from datetime import timedelta
from types import UnionType
from typing import Any, get_args

import annotated_types
import pytest
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from tests.support.apps import open_adapters

from pushgate.adapters.registry import vendors
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.settings.field_errors import field_errors
from pushgate.settings.loading import parse
from pushgate.settings.model import Settings


def numbers(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """The fields of a model, and of its sections, that are numbers or durations."""
    for name, field in model.model_fields.items():
        optional = isinstance(field.annotation, UnionType)
        kinds = set(get_args(field.annotation)) if optional else {field.annotation}
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from numbers(kind, f"{path}{name}.")
        if kinds & {int, float, timedelta}:
            yield f"{path}{name}", field


FIELDS = dict(numbers(Settings)) | {
    f"{name}.{path}": field
    for name, vendor in vendors().items()
    for path, field in numbers(vendor.settings, "")
}


@pytest.mark.parametrize("path", FIELDS)
def test_a_number_has_an_upper_and_a_lower_bound(path: str) -> None:
    kinds = {type(bound) for bound in FIELDS[path].metadata}
    assert kinds & {annotated_types.Le, annotated_types.Lt}, "no upper bound"
    assert kinds & {annotated_types.Ge, annotated_types.Gt}, "no lower bound"


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ({"retention": "P9999999D"}, "retention"),
        ({"retention": "PT1H"}, "retention"),
        ({"scheduler": {"lease": "P30D"}}, "scheduler.lease"),
        ({"gearman": {"timeout": 1e308}}, "gearman.timeout"),
        ({"gearman": {"timeout": float("nan")}}, "gearman.timeout"),
        ({"gearman": {"timeout": float("inf")}}, "gearman.timeout"),
        ({"api": {"max_audience": 10**20}}, "api.max_audience"),
        ({"worker": {"flush_interval": "PT20S"}}, "worker.flush_interval"),
        ({"apps": {"shop": {"shards": True}}}, "apps.shop.shards"),
        ({"worker": {"vendors": ["nokia"]}}, "worker.vendors"),
        ({"worker": {"vendors": "apns,nokia"}}, "worker.vendors"),
    ],
    ids=str,
)
def test_a_setting_beyond_its_bounds_is_named(written: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_adapters(parse(written), SystemClock(), NoCredentialStore(), CallbackTokens(b""))
    assert [fault.field for fault in caught.value.errors] == [field]


BOOLEANS = {
    f"{name}.{field}": (vendor.settings, field)
    for name, vendor in vendors().items()
    for field, about in vendor.settings.model_fields.items()
    if about.annotation is bool
}


@pytest.mark.parametrize("path", FIELDS)
def test_a_boolean_is_no_number(path: str) -> None:
    first, *rest = path.split(".")
    written: object = FIELDS[path].default != 1  # a section that equals the default is not checked
    for name in reversed(rest):
        written = {name: written}
    if first in vendors():
        with pytest.raises(ValidationError) as caught:
            vendors()[first].settings.model_validate(written)
        assert "takes no true or false" in [fault.message for fault in field_errors(caught.value)]
    else:
        with pytest.raises(ConfigurationError) as refused:
            parse({first: written})
        assert refused.value.errors == (FieldError(path, "takes no true or false"),)


@pytest.mark.parametrize("path", BOOLEANS)
@pytest.mark.parametrize("written", ["1", "true"])
def test_a_boolean_can_be_set_in_the_environment(
    path: str, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, field = BOOLEANS[path]
    monkeypatch.setenv(f"PUSHGATE_APPS__SHOP__{path.replace('.', '__').upper()}", written)
    section = parse({}).apps["shop"].vendors[path.partition(".")[0]]
    bad: set[str] = set()
    try:
        model.model_validate(section)
    except ValidationError as error:  # required settings are missing
        bad = {fault.field for fault in field_errors(error)}
    assert field not in bad


def test_values_of_the_environment_are_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUSHGATE_API__PORT", "8081")
    monkeypatch.setenv("PUSHGATE_RETENTION", "P2D")
    settings = parse({"api": {"port": 8080}})
    assert (settings.api.port, settings.retention) == (8081, timedelta(days=2))


@pytest.mark.parametrize("written", [[1], [True], 1, True], ids=str)
def test_a_number_is_no_network(written: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse({"api": {"trusted_proxies": written}})
    assert {fault.field for fault in caught.value.errors} == {"api.trusted_proxies"}
