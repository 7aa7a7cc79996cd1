"""Simulated vendors, for trying out and testing."""
