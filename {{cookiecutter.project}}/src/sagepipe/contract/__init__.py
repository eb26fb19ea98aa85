"""What SageMaker really does, as plain data: paths, file names, limits, names and patterns."""
