"""The one family of errors that every room of the library raises for a person to read."""


class SagepipeError(Exception):
    """Something a person can put right; the message names the thing, the place and the remedy.

    Attributes:
        exit_status: What a command ends with: 2 for wrong usage, 1 for work that failed.
    """

    exit_status = 2
