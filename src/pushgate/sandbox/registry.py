"""Finds the simulated vendors: every module of `vendors` that defines a VENDOR."""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pushgate.sandbox.vendors
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.simulated_vendor import SandboxContext, SimulatedVendor


class SimulatedVendors:
    """All simulated vendors, in the alphabetical order of their names."""

    def __init__(self, vendors: Sequence[SimulatedVendor]) -> None:
        self.by_name = {vendor.name: vendor for vendor in vendors}

    def owner_of(self, path: str) -> SimulatedVendor | None:
        """The vendor that requests to this path are for, None if there is none."""
        return next((vendor for vendor in self.by_name.values() if vendor.owns(path)), None)

    def normalize_token(self, vendor: str, token: str) -> str:
        """The one form of a token that this vendor accepts in several spellings."""
        known = self.by_name.get(vendor)
        return token if known is None else known.normalize_token(token)


def open_vendors(context: SandboxContext) -> SimulatedVendors:
    """Create all simulated vendors."""
    vendors: list[SimulatedVendor] = []
    for found in pkgutil.iter_modules(pushgate.sandbox.vendors.__path__):
        module = importlib.import_module(f"{pushgate.sandbox.vendors.__name__}.{found.name}")
        vendor_class = getattr(module, "VENDOR", None)
        if vendor_class is not None:
            vendor = vendor_class(context)
            assert isinstance(vendor, SimulatedVendor)
            vendors.append(vendor)
    return SimulatedVendors(vendors)


def app_sections(credentials: Credentials) -> dict[str, dict[str, object]]:
    """The vendors' sections in the settings of an app that uses the sandbox, by vendor."""
    vendors = open_vendors(SandboxContext(credentials))
    return {name: vendor.app_settings() for name, vendor in vendors.by_name.items()}


def demo_sections(credentials: Credentials) -> dict[str, dict[str, object]]:
    """The sections of the demo app: nobody is left out of marketing that a real vendor would not
    show, for whoever tries things out wants to see all of them.
    """
    vendors = open_vendors(SandboxContext(credentials)).by_name
    return {
        name: section | ({"marketing_per_device": 0} if vendors[name].limits_devices else {})
        for name, section in app_sections(credentials).items()
    }


def with_contents(section: Mapping[str, object]) -> dict[str, object]:
    """A vendor's section as the API takes it: the contents of files instead of their paths."""
    return {
        name.removesuffix("_file"): Path(str(value)).read_text("utf-8") if name.endswith("_file") else value
        for name, value in section.items()
    }
