"""Finds settings that a vendor's section must not have when it comes by API: paths of this server,
and addresses other than the vendor's own. Pure.

A caller that may set an app's vendors does not always run the servers.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from pushgate.adapters.vendor import Vendor
from pushgate.adapters.vendor_settings import FILE, Reaches, VendorSettings
from pushgate.domain.errors import FieldError


def api_section_faults(
    vendor: Vendor, section: Mapping[str, object], *, allow_endpoints: bool
) -> list[FieldError]:
    """Return an error for each setting of the section that may not come by API.

    `section` is as the caller wrote it; the vendor's own model checks the rest. With
    `allow_endpoints`, any address is allowed.
    """
    faults = [
        FieldError(name, f"is a path on the server: give the file's content as {name.removesuffix(FILE)}")
        for name, value in section.items()
        if name.endswith(FILE) and name in vendor.settings.model_fields and value is not None
    ]
    if not allow_endpoints:
        faults += _foreign_addresses(vendor.settings, section)
    return faults


def _foreign_addresses(model: type[VendorSettings], section: Mapping[str, object]) -> Iterator[FieldError]:
    own = set(model.own_addresses)
    named: list[tuple[str, str]] = list(model.addresses_within(section))
    for name, setting in model.model_fields.items():
        if any(isinstance(mark, Reaches) for mark in setting.metadata):
            own |= set(_texts(setting.default))
            named += [(name, text) for text in _texts(section.get(name))]
    for name in dict(named):
        if any(not _is_own(text, own) for where, text in named if where == name):
            yield FieldError(
                name,
                "names an address other than the vendor's own: leave it out, "
                "or ask the operator to set vendors.allow_endpoints",
            )


def _is_own(address: str, own: set[str]) -> bool:
    return any(fnmatchcase(address.rstrip("/"), pattern) for pattern in own)


def _texts(value: object) -> list[str]:
    """The addresses in a setting: one, or a list of them. Empty ones lead nowhere."""
    items = value if isinstance(value, list | tuple) else [value]
    return [str(item) for item in items if item not in (None, "")]
