"""The results of messages, small and large, behind one interface."""
