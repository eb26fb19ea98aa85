"""Jobs: what Processing and Training steps start, each a process in a tree like SageMaker's."""
