"""``python -m sagepipe.runtime MODULE:FUNCTION --name value …``: a processing job's entrypoint."""

import sys

from sagepipe.runtime.entry import main_processing

if __name__ == "__main__":
    sys.exit(main_processing())
