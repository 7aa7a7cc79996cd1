"""Vendors' sections as they are stored: with sealed secrets.

In: a section as the caller wrote it, and its vendor. Out: the stored form, and back.
"""

from collections.abc import Collection, Mapping

import msgspec

from pushgate.adapters.vendor_settings import fingerprint
from pushgate.apps.app_document import Section
from pushgate.sealing.sealer import Sealer


def seal_section(
    written: Mapping[str, object], secret: Collection[str], sealer: Sealer, context: str
) -> Section:
    """The stored form of a section, whose settings with the names in `secret` are sealed.

    A section without secrets needs no master key. Raises NoMasterKey.
    """
    secrets = {name: value for name, value in written.items() if name in secret and value is not None}
    others = {name: value for name, value in written.items() if name not in secrets}
    sealed = sealer.seal(msgspec.json.encode(secrets), context) if secrets else b""
    return Section(
        settings=msgspec.Raw(msgspec.json.encode(others)),
        sealed=sealed,
        fingerprints={name: fingerprint(str(value)) for name, value in secrets.items()},
    )


def open_section(section: Section, sealer: Sealer, context: str) -> dict[str, object]:
    """The section as it was written. Raises SealedElsewhere."""
    written = json_object(section.settings)
    if section.sealed:
        written |= json_object(sealer.open(section.sealed, context))
    return written


def vendor_context(app: str, vendor: str) -> str:
    """The context in which the secrets of a section are sealed."""
    return f"app:{app}:vendor:{vendor}"


def json_object(raw: bytes | msgspec.Raw) -> dict[str, object]:
    """An object of JSON."""
    return msgspec.json.decode(raw, type=dict)
