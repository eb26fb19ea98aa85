"""The jobs: one component a file, in the order in which the training pipeline runs them."""
