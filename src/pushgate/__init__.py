"""Pushgate: a self-hosted push gateway."""

__version__ = "0.1.0"
