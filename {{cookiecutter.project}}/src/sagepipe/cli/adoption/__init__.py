"""``sagepipe adopt``: a project's code about the data, written anew for the team's own table."""

from sagepipe.contract.errors import SagepipeError


class AdoptError(SagepipeError):
    """A table or a project that can't be adopted; nothing has been changed."""
