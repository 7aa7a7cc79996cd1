"""The sums of a message in one shard, as a snapshot has them. Pure."""

from collections.abc import Mapping

from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import Group

_TARGETED = "targeted"


def snapshot_fields(counts: Mapping[str, Mapping[str, int]]) -> dict[str, object]:
    """The fields of a snapshot from the sums of each group."""
    total: dict[str, int] = {}
    for of_group in counts.values():
        for name, number in of_group.items():
            total[name] = total.get(name, 0) + number
    groups = [
        {"vendor": group.vendor, "language": group.language, **_sums(of_group)}
        for group, of_group in sorted(
            ((Group.parse(name), of_group) for name, of_group in counts.items()), key=lambda one: one[0].key
        )
    ]
    return {**_sums(total), "groups": groups}


def _sums(counts: Mapping[str, int]) -> dict[str, object]:
    return {
        _TARGETED: counts.get(_TARGETED, 0),
        "states": {state.value: counts.get(state.value, 0) for state in State},
        "receipts": {receipt.value: counts.get(receipt.value, 0) for receipt in ReceiptKind},
    }
