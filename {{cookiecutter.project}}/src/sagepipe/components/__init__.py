"""Ready-made components, written with ``sagepipe.dsl`` alone."""
