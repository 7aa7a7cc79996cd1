"""Receipts that are not in the vendor's form."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.adapters.receipts import HUAWEI

from pushgate.adapters.meizu import receipts as meizu
from pushgate.adapters.oppo.receipts import OppoReceiptParser
from pushgate.adapters.receipts import ReceiptParser
from pushgate.adapters.vivo.receipts import VivoReceiptParser
from pushgate.adapters.xiaomi import receipts as xiaomi

MEIZU = meizu.MeizuReceiptParser()


XIAOMI = xiaomi.XiaomiReceiptParser()


OPPO = OppoReceiptParser()


VIVO = VivoReceiptParser()


@pytest.mark.parametrize(
    "parser", [HUAWEI, XIAOMI, OPPO, VIVO, MEIZU], ids=["huawei", "xiaomi", "oppo", "vivo", "meizu"]
)
@given(
    body=st.binary(max_size=200)
    | st.sampled_from([b"", b"[]", b"{}", b"data=", b"data=[]", b'{"statuses":{}}'])
)
def test_a_body_in_another_form_is_refused(parser: ReceiptParser, body: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert parser.parse(body) == []
