"""When each step ran, as bars beside each other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from sagepipe.cli.output import took
from sagepipe.local import StepExecution

_MOST_TICKS = 6
# Between two ticks, in seconds: what people count in.
_STEPS = (
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
    10,
    20,
    30,
    60,
    120,
    300,
    600,
    1200,
    1800,
    3600,
    7200,
    21600,
    86400,
)


def draw(
    steps: Sequence[StepExecution], anchors: Mapping[str, str], begin: datetime, end: datetime
) -> str:
    """Draw a time line.

    Args:
        steps: What ran.
        anchors: For a step's name, the page's element that a click on it leads to.
        begin: When the run began.
        end: When it ended, or what time it is.

    Returns:
        An element of HTML.
    """
    begin = min([begin, *(step.started for step in steps)])
    end = max([end, *(step.ended for step in steps if step.ended)])
    whole = max((end - begin).total_seconds(), 0.001)
    lines = "".join(_line(step, anchors[step.name], begin, end, whole) for step in steps)
    return f'<div class="time" role="list">\n{_axis(whole)}{lines}</div>\n'


def ticks(whole: float) -> list[float]:
    """Choose where an axis has marks.

    Args:
        whole: How long it is, in seconds.

    Returns:
        Seconds from its beginning; at most six.
    """
    apart = next((step for step in _STEPS if whole / step < _MOST_TICKS), 0.0)
    while not apart or whole / apart >= _MOST_TICKS:
        apart = (apart or _STEPS[-1]) * 2
    return [number * apart for number in range(int(whole / apart) + 1)]


def _axis(whole: float) -> str:
    marks = "".join(
        f'<i style="left:{tick / whole:.3%}"><b>{_said(tick)}</b></i>' for tick in ticks(whole)
    )
    return f'<div class="axis" aria-hidden="true"><div class="track">{marks}</div></div>\n'


def _said(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} s"
    if seconds < 3600:
        return f"{seconds / 60:g} min"
    return f"{seconds / 3600:g} h"


def _line(step: StepExecution, anchor: str, begin: datetime, end: datetime, whole: float) -> str:
    last = step.ended or end
    left = (step.started - begin).total_seconds() / whole
    width = max(0.0, (last - step.started).total_seconds()) / whole
    name, state = escape(step.name), escape(step.status.lower())
    said = took(step.started, last)
    return (
        f'<div class="line" role="listitem"><a href="#{anchor}">{name}</a>'
        f'<div class="track"><span class="bar {state}" style="left:{left:.3%};width:{width:.3%}"'
        f' title="{name}: {escape(step.status)}, {said}"></span></div>'
        f'<span class="took">{said}</span></div>\n'
    )
