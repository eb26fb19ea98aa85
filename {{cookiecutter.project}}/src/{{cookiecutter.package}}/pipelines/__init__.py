"""The pipelines: how the components are wired together."""
