"""What pipelines are written with; the components that they wire need none of it."""
