"""The facts about an app's credentials that may be shown: digests and ends of validity, never
contents. Pure.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from cryptography import x509
from pydantic import SecretStr

from pushgate.adapters.vendor_settings import VendorSettings, fingerprint

_CERTIFICATE = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """The first digits of a credential's SHA-256, and its end where it has one (a certificate)."""

    fingerprint: str
    expires_at: datetime | None = None


def facts_of(contents: VendorSettings) -> Mapping[str, CredentialFacts]:
    """The facts of each secret of a section, whose files were read, by the setting's name."""
    found: dict[str, CredentialFacts] = {}
    for name in contents.model_fields_set:
        value = getattr(contents, name)
        if isinstance(value, SecretStr):
            text = value.get_secret_value()
            found[name] = CredentialFacts(fingerprint(text), expiry_of(text))
    return dict(sorted(found.items()))


def digest_of(contents: VendorSettings, facts: Mapping[str, CredentialFacts]) -> str:
    """A digest of a section, whose files were read, for comparisons. `facts` are those of its
    secrets.
    """
    plain = contents.model_dump(mode="json", exclude_unset=True)
    secrets = {name: one.fingerprint for name, one in facts.items()}
    written = msgspec.json.encode(sorted({**plain, **secrets}.items()))
    return hashlib.sha256(written).hexdigest()


def expiry_of(content: str) -> datetime | None:
    """When the first certificate of the content to expire does so, None where there is none."""
    if _CERTIFICATE not in content:
        return None
    try:
        certificates = x509.load_pem_x509_certificates(content.encode())
    except ValueError:  # the adapter says what is wrong with it
        return None
    return min((one.not_valid_after_utc for one in certificates), default=None)
