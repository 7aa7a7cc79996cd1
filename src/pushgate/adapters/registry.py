"""Finds the vendors: every package of adapters whose `adapter` module defines a VENDOR."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import pushgate.adapters
from pushgate.adapters.contract import Vendor


@cache
def vendors() -> Mapping[str, Vendor]:
    """All vendors by name."""
    found: dict[str, Vendor] = {}
    for package in pkgutil.iter_modules(pushgate.adapters.__path__):
        if package.ispkg:
            vendor = importlib.import_module(f"pushgate.adapters.{package.name}.adapter").VENDOR
            assert isinstance(vendor, Vendor)
            found[vendor.name] = vendor
    return MappingProxyType(found)
