"""The ``sagepipe`` command."""

import sys


def main() -> None:
    """Run the command; an error a person can put right is one line, not a traceback."""
    from sagepipe.cli.app import app
    from sagepipe.contract.errors import SagepipeError

    try:
        app(prog_name="sagepipe")
    except SagepipeError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except BrokenPipeError:  # the reader of a pipe has gone, as in `sagepipe logs last | head`
        sys.stderr.close()
        sys.exit(1)
