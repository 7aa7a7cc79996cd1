"""Every terminal of a message accounted for: pending bits, outcomes, results."""
