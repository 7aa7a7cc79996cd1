"""The simulated vendors, one module each; modules that begin with a vendor's name belong to that vendor."""
