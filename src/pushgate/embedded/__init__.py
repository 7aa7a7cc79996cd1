"""Engines and processes under one supervisor, for pushgate up."""
