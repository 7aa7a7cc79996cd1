"""An HTTP/2 client for bursts of similar requests. Nothing in here knows of pushes."""
