"""Receipt codes that HMS and HarmonyOS share."""

from pushgate.adapters.harmony.receipts import RECEIPTS as HARMONY
from pushgate.adapters.huawei.receipts import RECEIPTS as HUAWEI
from pushgate.adapters.push_kit_receipts import push_kit_receipts
from pushgate.adapters.receipts import ReceiptCode, ReportedEvent

OWN = ReceiptCode(ReportedEvent.MUTED, "withheld")


def test_a_systems_own_rows_come_among_the_shared_ones_by_number() -> None:
    rows = push_kit_receipts({"201": OWN, "5": OWN})
    assert rows["201"] == rows["5"] == OWN
    assert list(map(int, rows)) == sorted(map(int, rows))
    assert rows["0"].event is ReportedEvent.DELIVERED


def test_a_systems_own_row_replaces_a_shared_one() -> None:
    assert push_kit_receipts({"2": OWN})["2"] == OWN


def test_both_systems_report_the_same_by_the_codes_they_share() -> None:
    shared = set(push_kit_receipts({}))
    assert shared <= HUAWEI.keys() & HARMONY.keys()
    assert {code: HUAWEI[code] for code in shared} == {code: HARMONY[code] for code in shared}
