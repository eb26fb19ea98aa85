"""The one family of errors that every room of the library raises for a person to read."""


class SagepipeError(Exception):
    """Something a person can put right; the message names the thing, the place and the remedy."""
