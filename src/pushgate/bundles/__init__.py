"""Small messages: stored in segments, planned into bundles, sent and accounted for together."""
