"""What runs inside a job: bind artifacts and parameters, call the component, report."""

from sagepipe.runtime.entry import main_processing, main_training

__all__ = ["main_processing", "main_training"]
