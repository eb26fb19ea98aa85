"""Small requests of plain values, read straight into the two matrices that an ONNX graph takes.

Of a row of twenty columns, an array for each takes longer than all else. What is anything but plain
(another form, a type that has to be looked at, a value outside of what is expected) is left to the
readers, which know how to refuse it: the two ways give the same values.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from sagepipe.serving.engines.onnx import MISSING, NUMBERS, TEXTS, OnnxModel, inputs_of
from sagepipe.serving.expectations import Expectations
from sagepipe.serving.media import MediaType
from sagepipe.serving.schema import FeatureType, picker

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MISSING = type(None)
# Each type's values as JSON has them, the least and the largest. A whole number beyond 2**53 may
# be another one as a double, and has to be compared with what is expected before it becomes one.
_PLAIN: dict[FeatureType, tuple[frozenset[type], float, float]] = {
    "number": (frozenset({float, int, _MISSING}), -sys.float_info.max, sys.float_info.max),
    "integer": (frozenset({int, _MISSING}), -(2.0**53), 2.0**53),
    "boolean": (frozenset({bool, _MISSING}), 0.0, 1.0),
}
_TEXTS = frozenset({str, _MISSING})


@dataclass(slots=True)
class Rows:
    """The rows of a request, their numbers and their texts."""

    numbers: list[tuple[Any, ...]]
    texts: list[tuple[str, ...]]


class Plain:
    """Reads rows that are plain and within all that is expected.

    Args:
        model: Its schema, and what it does not take.
        expectations: What training's suites say of the columns.
    """

    def __init__(self, model: OnnxModel, expectations: Expectations | None) -> None:
        inputs, self._most_rows = inputs_of(model.schema), model.inline_rows
        self._numbers, self._texts = picker(inputs[NUMBERS]), picker(inputs[TEXTS])
        kinds = {kind: len(model.schema.by_type.get(kind, ())) for kind in _PLAIN}
        ends = accumulate(kinds.values())
        self._kinds = [
            (slice(end - width, end), _PLAIN[kind][0])
            for (kind, width), end in zip(kinds.items(), ends, strict=True)
            if width
        ]
        self._low, self._high = _bounds(model, expectations)
        self._sets = [*(expectations.sets if expectations else ())]
        self._sets += [
            (name, frozenset([None, *known])) for name, known in model.facts.no_unknown.items()
        ]
        self._present = {*model.facts.no_missing, *_never_missing(expectations)}
        self._expectations = expectations
        self._others = expectations.others if expectations else []

    def read(self, body: bytes, content_type: str) -> Rows | None:
        """Read a body.

        Args:
            body: The bytes as they came.
            content_type: The header with its parameters.

        Returns:
            Its rows; None where they are for the readers.
        """
        import orjson

        if MediaType.parse(content_type).name != "application/json":
            return None
        try:
            records = orjson.loads(body)
            if type(records) is not list or not 0 < len(records) <= self._most_rows:
                return None
            rows = Rows([*map(self._numbers, records)], [*map(self._texts, records)])
            plain = self._typed(rows) and all(map(self._expected, records))
        except (ValueError, TypeError, KeyError):
            return None
        return _with_missing(rows) if plain else None

    def matrices(self, tables: Sequence[Rows]) -> "tuple[NDArray[Any], NDArray[Any]]":
        """Put the rows of requests below each other, as the graph takes them."""
        import numpy as np

        numbers = [row for table in tables for row in table.numbers]
        texts = [row for table in tables for row in table.texts]
        return np.array(numbers, dtype=np.float64), np.array(texts, dtype=np.object_)

    def outside(self, numbers: "NDArray[Any]") -> "NDArray[Any] | None":
        """Say which rows have a number that is less or more than expected; None where none has."""
        import numpy as np

        # A missing number is neither less nor more.
        bad: NDArray[Any] = (numbers < self._low) | (numbers > self._high)
        if not bad.any():
            return None
        rows: NDArray[Any] = np.any(bad, axis=1)
        return rows

    def _typed(self, rows: Rows) -> bool:
        for values in rows.numbers:
            for place, allowed in self._kinds:
                if not allowed.issuperset(map(type, values[place])):
                    return False
        return all(_TEXTS.issuperset(map(type, texts)) for texts in rows.texts)

    def _expected(self, record: Any) -> bool:
        for name, allowed in self._sets:
            if record[name] not in allowed:
                return False
        for name in self._present:
            if record[name] is None:
                return False
        return all(
            self._expectations is not None and self._expectations.holds(name, record[name])
            for name in self._others
        )


def _with_missing(rows: Rows) -> Rows:
    """Put the word for missing text in its place; missing numbers become NaN by themselves."""
    for place, texts in enumerate(rows.texts):
        if None in texts:
            rows.texts[place] = tuple(MISSING if text is None else text for text in texts)
    return rows


def _never_missing(expectations: Expectations | None) -> Iterator[str]:
    if expectations:
        yield from expectations.present
        yield from (name for name, _, _, missing in expectations.ranges if not missing)


def _bounds(
    model: OnnxModel, expectations: Expectations | None
) -> "tuple[NDArray[Any], NDArray[Any]]":
    """The least and the largest number of each column: of its type, the model, what is expected."""
    import numpy as np

    bounds = {
        name: _PLAIN[kind][1:] for kind in _PLAIN for name in model.schema.by_type.get(kind, ())
    }
    limits = [(name, -limit, limit) for name, limit in model.facts.limits.items()]
    ranges = [found[:3] for found in expectations.ranges] if expectations else []
    for name, low, high in (*limits, *ranges):
        bounds[name] = max(bounds[name][0], low), min(bounds[name][1], high)
    lowest, highest = np.array(list(bounds.values()), dtype=np.float64).reshape(-1, 2).T
    return lowest, highest
