"""Finds the vendors: every module of this package that defines a VENDOR. Adding one touches nothing else."""

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
    for module in pkgutil.iter_modules(pushgate.adapters.__path__):
        vendor = getattr(importlib.import_module(f"pushgate.adapters.{module.name}"), "VENDOR", None)
        if isinstance(vendor, Vendor):
            found[vendor.name] = vendor
    return MappingProxyType(found)
