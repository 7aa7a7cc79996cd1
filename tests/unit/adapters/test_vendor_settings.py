"""Secrets in the section of every vendor: each is a content or a file, and none is a mere text."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr, ValidationError
from tests.support.adapters.sections import with_contents, with_files

from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor import AdapterContext, Vendor
from pushgate.adapters.vendor_settings import Reaches
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.http2.credentials import NoCredentialStore
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.registry import app_sections
from pushgate.settings.field_errors import field_errors

NAMES = sorted(vendors())
IDENTIFIERS = {"app_key", "key_id", "receipt_key_is_base64", "token_endpoint", "max_tokens"}
"""Settings that sound like secrets and name an app, a key, an address or a limit."""
CONTEXT = AdapterContext("shop", SystemClock(), NoCredentialStore())
XIAOMI: dict[str, object] = {"package": "com.example", "app_secret": "s"}
Sections = dict[str, dict[str, object]]


@pytest.fixture(scope="module")
def sections(tmp_path_factory: pytest.TempPathFactory) -> Sections:
    return app_sections(Credentials(tmp_path_factory.mktemp("sandbox"), "https://sandbox:1"))


def faults(vendor: Vendor, section: dict[str, object]) -> list[FieldError]:
    """What is wrong with the section, in the model or in the contents."""
    try:
        vendor.open(vendor.settings.model_validate(section), CONTEXT)
    except ValidationError as error:
        return field_errors(error)
    except ConfigurationError as error:
        return list(error.errors)
    return []


def files(vendor: Vendor) -> Iterator[str]:
    """The settings of a vendor that are paths, without `_file`."""
    for name, setting in vendor.settings.model_fields.items():
        if Path in (setting.annotation, *get_args(setting.annotation)):
            assert name.endswith("_file"), f"{name} is a path: its name must end in _file"
            yield name.removesuffix("_file")


@pytest.mark.parametrize("name", NAMES)
def test_every_secret_has_a_file_and_every_file_a_content(name: str) -> None:
    vendor = vendors()[name]
    assert set(files(vendor)) == vendor.secrets | {"ca"}
    assert vendor.settings.required <= vendor.secrets
    assert all(content in vendor.settings.model_fields for content in files(vendor))


@pytest.mark.parametrize("name", NAMES)
def test_what_sounds_like_a_secret_is_one(name: str) -> None:
    vendor = vendors()[name]
    sound = re.compile("secret|key|token|password|certificate|account")
    named = {found for found in vendor.settings.model_fields if sound.search(found)}
    assert {found for found in named if not found.endswith("_file")} <= vendor.secrets | IDENTIFIERS


@pytest.mark.parametrize("name", NAMES)
def test_what_sounds_like_an_address_is_guarded(name: str) -> None:
    settings = vendors()[name].settings.model_fields
    named = {found for found in settings if re.search("endpoint|hosts?$|proxy$|url", found)}
    guarded = {
        found
        for found, setting in settings.items()
        if any(isinstance(mark, Reaches) for mark in setting.metadata)
    }
    assert named == guarded


@pytest.mark.parametrize("name", NAMES)
def test_a_section_of_contents_and_one_of_files_open_alike(
    name: str, sections: Sections, tmp_path: Path
) -> None:
    vendor = vendors()[name]
    assert faults(vendor, with_contents(sections[name])) == []
    assert faults(vendor, with_files(name, sections[name], tmp_path)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_is_given_once(name: str, sections: Sections, tmp_path: Path) -> None:
    vendor = vendors()[name]
    given = with_contents(sections[name])
    paths = with_files(name, sections[name], tmp_path)
    for secret in vendor.secrets & given.keys():
        both = {**given, f"{secret}_file": paths[f"{secret}_file"]}
        (found,) = faults(vendor, both)
        assert found.field in (secret, f"{secret}_file")
        assert "remove one of them" in found.message
        assert str(given[secret]) not in found.message


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_that_is_needed_is_asked_for_by_both_names(name: str, sections: Sections) -> None:
    vendor = vendors()[name]
    for secret in vendor.settings.required:
        given = with_contents(sections[name])
        del given[secret]
        (found,) = faults(vendor, given)
        assert {secret, f"{secret}_file"} == {found.field, found.message.rpartition(" ")[2]}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_not_there_is_named(name: str, sections: Sections, tmp_path: Path) -> None:
    vendor = vendors()[name]
    given = with_contents(sections[name])
    for content in {*vendor.secrets, "ca"} & given.keys():
        kept = {setting: value for setting, value in given.items() if setting != content}
        (found,) = faults(vendor, {**kept, f"{content}_file": str(tmp_path / "none")})
        assert found.field == f"{content}_file"
        assert found.message.startswith(f"{tmp_path / 'none'} cannot be read")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("apns", "key", "is no .p8 key"),
        ("fcm", "service_account", "is no JSON object"),
        ("harmony", "service_account", "is no JSON object"),
        ("webpush", "vapid_key", "is no key in PEM"),
        ("xiaomi", "ca", "is no list of CAs in PEM"),
        ("xiaomi", "proxy", "takes an http:// address"),
    ],
)
def test_bad_contents_are_named_by_the_setting_that_they_came_from(
    name: str, content: str, problem: str, sections: Sections, tmp_path: Path
) -> None:
    vendor = vendors()[name]
    file = tmp_path / "bad"
    file.write_text("hunter2", "utf-8")
    kept = {setting: value for setting, value in with_contents(sections[name]).items() if setting != content}
    (by_content,) = faults(vendor, {**kept, content: "hunter2"})
    (by_file,) = faults(vendor, {**kept, f"{content}_file": str(file)})
    assert (by_content.field, by_file.field) == (content, f"{content}_file")
    assert by_content.message.startswith(problem)
    assert by_file.message == f"{file} {by_content.message}"
    assert "hunter2" not in by_content.message


@pytest.mark.parametrize(
    "address",
    [
        "https://push.example.com", "https://PUSH.example.com.:8443/v2/x%20y/", "https://[2001:db8::1]:1/",
        "http://127.0.0.1:8091", "http://[::1]:8091", "http://localhost/token",
    ],
)  # fmt: skip
def test_an_address_that_can_be_called_is_taken(address: str) -> None:
    assert faults(vendors()["xiaomi"], {**XIAOMI, "endpoint": address}) == []
    proxy = "http://ann:pa%40ss@" + address.partition("://")[2].partition("/")[0]
    assert faults(vendors()["xiaomi"], {**XIAOMI, "proxy": proxy}) == []


@pytest.mark.parametrize(
    "server",
    [
        "", ":1", "?", "#", "\x00", "a b", "a\r\nb", "\u202e", "b\u00fccher.de", "a..b", "x" * 64, "[", "[]",
        "[::1", "[1::2%25eth0]", "[1:2]", "[v1.a]", "example.com:x", "example.com:0", "example.com:65536",
        "example.com:123456", "ann@bob@example.com", "example.com?x", "example.com/#x",
    ],
    ids=ascii,
)  # fmt: skip
def test_an_address_that_no_client_can_call_is_a_fault(server: str) -> None:
    for setting, scheme in (("endpoint", "https"), ("proxy", "http")):
        (found,) = faults(vendors()["xiaomi"], {**XIAOMI, setting: f"{scheme}://{server}"})
        assert found.field == setting


def test_an_endpoint_holds_no_password_for_it_is_shown() -> None:
    (found,) = faults(vendors()["xiaomi"], {**XIAOMI, "endpoint": "https://ann:hunter2@example.com"})
    assert (found.field, "hunter2" in found.message) == ("endpoint", False)


def test_a_file_without_a_text_is_a_fault(sections: Sections, tmp_path: Path) -> None:
    vendor = vendors()["xiaomi"]
    kept = {name: value for name, value in sections["xiaomi"].items() if name != "app_secret"}
    for content, problem in (
        (b"\xff\xfe", "is no text"),
        (b"\n", "must not be empty"),
        (b"x" * 2_000_000, "at most"),
    ):
        file = tmp_path / "secret"
        file.write_bytes(content)
        (found,) = faults(vendor, {**kept, "app_secret_file": str(file)})
        assert found.field == "app_secret_file"
        assert problem in found.message


def test_a_certificate_and_its_key_come_as_contents(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path, "https://sandbox:1")
    certificate, key = (
        file.read_text("utf-8") for file in (credentials.certificate_file, credentials.key_file)
    )
    apns = vendors()["apns"]
    assert faults(apns, {"topic": "t", "certificate": certificate, "key": key}) == []
    assert faults(apns, {"topic": "t", "certificate": f"{certificate}\n{key}"}) == []
    (found,) = faults(apns, {"topic": "t", "certificate": certificate})
    assert found.field == "certificate"
    found, *_ = faults(apns, {"topic": "t", "certificate": certificate, "key_id": "K"})
    assert (found.field, found.message) == ("key_id", "is not used with certificate: remove one of them")


def test_secrets_are_not_shown(sections: Sections) -> None:
    for name, vendor in vendors().items():
        given = with_contents(sections[name])
        shown = repr(vendor.settings.model_validate(given))
        assert [secret for secret in vendor.secrets & given.keys() if str(given[secret]) in shown] == []
        assert all(
            SecretStr in _kinds(vendor.settings.model_fields[secret].annotation) for secret in vendor.secrets
        )


def _kinds(annotation: object) -> set[object]:
    return {annotation, *(kind for part in get_args(annotation) for kind in _kinds(part))}
