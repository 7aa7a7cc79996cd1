"""The composition roots: settings in, a running process out."""
