"""Pipelines as KFP's documentation teaches to write them, for KFP and for sagepipe alike.

Each file is run twice: as it is, and as KFP's with nothing changed but where ``dsl`` is imported
from. ``RUNS`` names the pipelines and what they are started with.

KFP ships a function's own source text to its job, so that a function brings its imports with it;
sagepipe imports the function's module, for which that is no obstacle.
"""
