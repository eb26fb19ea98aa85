"""Finding the component that a job names."""

import sys

from sagepipe.dsl.component import Component
from sagepipe.runtime.errors import JobError


def resolve(entrypoint: str) -> Component:
    """Import a component.

    Args:
        entrypoint: ``module:function``.

    Returns:
        The component.

    Raises:
        JobError: There is no such module or function, or it is no component. An error inside the
            module comes through as it is.
    """
    module_name, _, function = entrypoint.partition(":")
    try:
        __import__(module_name)
    except ModuleNotFoundError as error:
        if not (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise  # the module is there; something that it imports isn't
        raise JobError(
            f"component {entrypoint!r} can't be found: there is no module {error.name!r}; install "
            "the project where the job runs (in its image: build it again)"
        ) from None
    found = getattr(sys.modules[module_name], function, None)
    if found is None:
        raise JobError(
            f"component {entrypoint!r} can't be found: {module_name} "
            f"({sys.modules[module_name].__file__}) has no {function!r}; compile the pipeline again"
        )
    if not isinstance(found, Component):
        raise JobError(
            f"{entrypoint!r} ({sys.modules[module_name].__file__}) is no component; put "
            "@dsl.component above it"
        )
    return found
