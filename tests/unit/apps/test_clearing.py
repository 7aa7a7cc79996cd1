"""Removals of notifications are no pushes for a vendor's quota."""

from dataclasses import replace

from tests.support.adapters.rendering import SETTINGS
from tests.support.apps import configured_vendor

from pushgate.domain.message import Options
from pushgate.domain.push_class import PushClass


def test_a_removal_counts_in_no_quota() -> None:
    quotas = dict.fromkeys(PushClass, 5)
    vendor = replace(configured_vendor("xiaomi"), settings=SETTINGS.model_copy(update={"quotas": quotas}))
    assert vendor.quota_of("shop", Options()) is not None
    assert vendor.quota_of("shop", Options(silent=True, withdraws="0" * 30)) is None
