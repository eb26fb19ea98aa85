"""What can be wrong with a tracking server, and what each policy makes of it.

The table in the documentation is this one; tests show each of its cells.
"""

from dataclasses import dataclass

FAILS = "the job fails, and says why"
RECORDED = "recorded"
KEPT = "the job goes on; `sagepipe mlflow sync` uploads all of it later"
WARNED = "the job goes on, with a warning; all but that call is recorded"
NOT_ASKED = "not asked; nothing is recorded"

POLICIES = ("required", "best-effort", "off")


@dataclass(frozen=True)
class Situation:
    """One thing that can be wrong.

    Attributes:
        what: In words.
        fault: What the server does, as ``servers.Faulty`` takes it; ``dead`` where there is none,
            ``refuse`` where it is well and the job asks for what it refuses.
        after: How many requests it takes before.
        outcomes: What comes of it, by policy.
    """

    what: str
    fault: str
    after: int
    required: str
    best_effort: str
    off: str = NOT_ASKED

    def outcome(self, policy: str) -> str:
        """What comes of it under a policy."""
        return str(getattr(self, policy.replace("-", "_")))


SITUATIONS = (
    Situation("Nothing is wrong", "", 0, RECORDED, RECORDED),
    Situation("Nothing listens at the address", "dead", 0, FAILS, KEPT),
    Situation("The server dies while the job runs", "drop", 1, FAILS, KEPT),
    Situation("It takes requests and never answers", "hang", 0, FAILS, KEPT),
    Situation("It stops answering while the job runs", "hang", 2, FAILS, KEPT),
    Situation("It is slow, but answers", "slow", 0, RECORDED, RECORDED),
    Situation("It answers 500", "500", 0, FAILS, KEPT),
    Situation("It answers 500 from some time on", "500", 2, FAILS, KEPT),
    Situation("It does not know the credentials (401)", "401", 0, FAILS, KEPT),
    Situation("The credentials may not write (403)", "403", 1, FAILS, KEPT),
    Situation(
        "It refuses one call, such as a parameter's second value", "refuse", 0, FAILS, WARNED
    ),
)
