"""The program that calls a function of the project: it runs with the standard library alone.

Its words are ``MODULE:FUNCTION EVENT RETURNED COUNT``: the function, the file of its argument, the
file for what it returns (or the reason why it didn't), and whether it takes a context too (2).
"""

import importlib
import json
import sys
import traceback
from pathlib import Path


def main() -> int:
    """Call the function.

    Returns:
        The exit status.
    """
    target, event, returned, count = sys.argv[1:]
    module, _, name = target.partition(":")
    given = json.loads(Path(event).read_text(encoding="utf-8"))
    try:
        function = getattr(importlib.import_module(module), name)
        result = json.dumps(function(*(given, None)[: int(count)]))
    except Exception as error:
        traceback.print_exc()
        Path(returned).write_text(f"{type(error).__name__}: {error}", encoding="utf-8")
        return 1
    Path(returned).write_text(result, encoding="utf-8")
    return 0


if __name__ == "__main__":
    # The folder of this file is no place to import from.
    sys.path.pop(0)
    sys.exit(main())
