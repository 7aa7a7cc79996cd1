"""Pushgate: a self-hosted push gateway."""
