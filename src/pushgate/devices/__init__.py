"""Devices: installations of client apps that register themselves."""
