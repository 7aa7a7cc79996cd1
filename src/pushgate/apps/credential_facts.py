"""What may be told of an app's credentials: digests and ends of validity, never their contents."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from cryptography import x509
from pydantic import SecretStr

from pushgate.adapters.content_files import read_contents
from pushgate.adapters.vendor_settings import VendorSettings, fingerprint

_CERTIFICATE = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """The first digits of a credential's SHA-256, and its end where it has one (a certificate)."""

    fingerprint: str
    expires_at: datetime | None = None


def facts_of(settings: VendorSettings) -> Mapping[str, CredentialFacts]:
    """The facts of each secret that the section has, by the setting's name without `_file`.

    Raises ConfigurationError where a file cannot be read.
    """
    return _facts(read_contents(settings))


def digest_of(settings: VendorSettings) -> str:
    """A digest of the section and of the contents of its files, for comparisons.

    Raises ConfigurationError where a file cannot be read.
    """
    contents = read_contents(settings)
    plain = contents.model_dump(mode="json", exclude_unset=True)
    secrets = {name: one.fingerprint for name, one in _facts(contents).items()}
    written = msgspec.json.encode(sorted({**plain, **secrets}.items()))
    return hashlib.sha256(written).hexdigest()


def _facts(contents: VendorSettings) -> dict[str, CredentialFacts]:
    found: dict[str, CredentialFacts] = {}
    for name in contents.model_fields_set:
        value = getattr(contents, name)
        if isinstance(value, SecretStr):
            text = value.get_secret_value()
            found[name] = CredentialFacts(fingerprint(text), expiry_of(text))
    return dict(sorted(found.items()))


def expiry_of(content: str) -> datetime | None:
    """When the first certificate of the content to expire does so, None where there is none."""
    if _CERTIFICATE not in content:
        return None
    try:
        certificates = x509.load_pem_x509_certificates(content.encode())
    except ValueError:  # the adapter says what is wrong with it
        return None
    return min((one.not_valid_after_utc for one in certificates), default=None)
