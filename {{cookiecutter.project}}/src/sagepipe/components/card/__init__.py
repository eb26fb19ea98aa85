"""Model cards: facts of a run, as a page and as SageMaker's JSON."""
