"""The component library: author, compile, run, track and serve SageMaker pipelines."""

__version__ = "0.1.0"
