"""The vendors: the contract, shared code, and one folder for each vendor."""
