"""The jobs: one component a file."""
