"""Jobs travel to workers through Gearman."""
