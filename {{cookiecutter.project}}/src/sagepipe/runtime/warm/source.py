"""Whether a component has to find nothing imported, to be seen from its source."""

import re
import sys
from pathlib import Path

from sagepipe.runtime.warm.request import Request

# A variable that is set right before an import is there for that import, such as OMP_NUM_THREADS
# before numpy: it would come too late for a library that the template has imported.
_SETS_VARIABLES = re.compile(
    r"environ\s*\[[^\]]*\]\s*=(?!=)|environ\s*\|=|environ\.(setdefault|update|pop|clear)"
    r"|\bputenv\b|\bload_dotenv\b"
)


def refusal(request: Request) -> str:
    """Look into the component's module, and into the file that the command runs, if it is one.

    Args:
        request: The step's process.

    Returns:
        Why it has to start cold; empty if it needn't.
    """
    module = request.component.partition(":")[0].replace(".", "/")
    roots = [Path(root, module) for root in sys.path]
    files = [root.with_suffix(".py") for root in roots]
    files += [root / "__init__.py" for root in roots]
    if request.command[1] != "-m":
        files.append(Path(request.command[1]))
    for file in files:
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:  # it isn't this one
            continue
        if _SETS_VARIABLES.search(text):
            return f"{file} sets environment variables, which libraries read when they are imported"
    return ""
