"""The adapters do what their vendors are said to have."""

from pushgate.adapters.contract import Adapter, SupportsRecall
from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor import Feature


def test_adapters_support_the_features_of_their_vendor(adapters: dict[str, Adapter]) -> None:
    for name, adapter in adapters.items():
        features = vendors()[name].features
        assert isinstance(adapter, SupportsRecall) == (Feature.RECALL in features), name
        assert adapter.supports_dry_run == (Feature.DRY_RUN in features), name
        assert (adapter.receipt_parser is not None) == bool(vendors()[name].receipt_events), name
