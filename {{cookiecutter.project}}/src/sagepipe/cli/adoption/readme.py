"""``data/README.md`` for the team's own table."""

from collections.abc import Sequence

from sagepipe.components.profiling.proposal import Proposal
from sagepipe.components.profiling.summary import HEADERS, notes, rows, split_in_words

_TEXT = """\
# {name}

{rows:,} rows. {question}

`sagepipe adopt` wrote this page, `schema.py` and the two expectation suites from the table. Say
here where the table comes from, who may use it, and what a row is.

## Columns

{table}

How they are used: {split}. The bar is {metric} {side} {bar:g}: {bar_note}.
Raise it in `schema.py` once you know what a good model reaches.
{notes}
`bad.csv` is the first rows with faults put in on purpose: `make demo-bad-data` shows what becomes
of it. `{recent}` stands for the rows that will come, for `make run ARGS=scoring` and
`make run ARGS=monitoring`: {recent_rows:,} rows {recent_from}. Put real ones in its place.
"""


def text(
    proposal: Proposal, name: str, count: int, recent: str, recent_rows: int, among: bool
) -> str:
    """Write the page.

    Args:
        proposal: What was understood.
        name: The sample's file.
        count: Its rows.
        recent: The file of recent rows.
        recent_rows: How many there are.
        among: Whether they are among the sample's.

    Returns:
        Markdown.
    """
    target = proposal.target.name
    if proposal.classes:
        labels = ", ".join(f"`{label}`" for label in proposal.classes)
        question = f"The question: which `{target}` is it, {labels}?"
    else:
        question = f"The question: how large is `{target}`?"
    listed = [f"- {note}." for note in notes(proposal)]
    return _TEXT.format(
        name=name,
        rows=count,
        recent=recent,
        recent_rows=recent_rows,
        recent_from="of the sample" if among else "that the sample leaves out",
        question=question,
        table=_table(HEADERS, rows(proposal)),
        split=split_in_words(proposal),
        metric=f"`{proposal.metric}`",
        side="at least" if proposal.classes else "at most",
        bar=proposal.bar,
        bar_note="what a guess reaches"
        if proposal.classes
        else "what always saying the median is off by",
        notes="\n".join(["", *listed, ""]) if listed else "",
    )


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: str) -> str:
    return " ".join(value.replace("|", "\\|").split())
