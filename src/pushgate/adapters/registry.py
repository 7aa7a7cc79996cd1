"""Finds the vendors: each package of `adapters` is one, and its `adapter` module defines VENDOR."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import pushgate.adapters
from pushgate.adapters.vendor import Vendor


@cache
def vendors() -> Mapping[str, Vendor]:
    """Return all vendors by name."""
    found: dict[str, Vendor] = {}
    for package in pkgutil.iter_modules(pushgate.adapters.__path__):
        if package.ispkg:
            vendor = importlib.import_module(f"pushgate.adapters.{package.name}.adapter").VENDOR
            assert isinstance(vendor, Vendor)
            found[vendor.name] = vendor
    return MappingProxyType(found)
