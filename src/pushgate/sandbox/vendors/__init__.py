"""The simulated vendors. Modules that begin with a vendor's name belong to that vendor."""
