"""Values of the domain: apps, terminals, messages, outcomes, errors. Standard library only."""
