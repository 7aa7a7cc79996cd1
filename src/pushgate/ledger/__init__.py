"""The ledger: every terminal of a message accounted for, from its plan to its outcome, receipts and
results.
"""
