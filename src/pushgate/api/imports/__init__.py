"""Imports and exports of terminals: streams of lines to terminals, and back."""
