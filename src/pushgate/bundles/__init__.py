"""Small messages: stored in segments, placed in bundles, sent and accounted for together."""
