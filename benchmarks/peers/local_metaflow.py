"""Write the chains of ``local/`` as Metaflow flows; Metaflow reads a flow from its file.

python local_metaflow.py chain-10 > flow.py
"""

import sys

HEAD = '''"""Steps that do nothing."""

from metaflow import FlowSpec, step


class Chain(FlowSpec):
    """Steps that do nothing."""
'''
TAIL = """

if __name__ == "__main__":
    Chain()
"""


def step(name, following=(), join=False):
    """Write one step."""
    then = ", ".join(f"self.{other}" for other in following)
    action = f"self.next({then})" if following else "pass"
    given = "self, inputs" if join else "self"
    return f"\n    @step\n    def {name}({given}):\n        {action}\n"


def chained(count):
    """Put so many steps in a row, from ``start`` to ``end``."""
    names = ["start", *(f"noop_{number}" for number in range(2, count)), "end"][:count]
    return [step(name, names[index + 1 : index + 2]) for index, name in enumerate(names)]


def wide(count):
    """Put so many steps beside each other, between one before and two after them."""
    names = [f"noop_{number}" for number in range(count)]
    return [
        step("start", names),
        *(step(name, ["join"]) for name in names),
        step("join", ["end"], join=True),
        step("end"),
    ]


if __name__ == "__main__":
    shape, _, number = sys.argv[1].partition("-")
    print(HEAD + "".join({"chain": chained, "wide": wide}[shape](int(number))) + TAIL, end="")
