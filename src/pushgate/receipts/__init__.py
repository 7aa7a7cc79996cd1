"""Receipts of vendors and of client apps."""
