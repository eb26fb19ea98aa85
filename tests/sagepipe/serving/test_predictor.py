import sys

import pytest

from sagepipe.serving import ModelError, defaults
from sagepipe.serving.predictor import Predictor, find


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a predictor module that can be imported."""
    monkeypatch.syspath_prepend(tmp_path)

    def module(source: str) -> str:
        name = f"predictor_{tmp_path.name}".replace("-", "_")
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    return module


def test_a_module_with_nothing_in_it_gets_the_defaults(module):
    assert find(module("")) == Predictor()


def test_the_defaults_may_be_imported(module):
    source = "from sagepipe.serving import format, load, parse, predict"
    assert find(module(source)) == Predictor()


@pytest.mark.parametrize("name", ["load", "parse", "predict", "format"])
def test_one_function_is_overridden_without_the_others(module, name):
    predictor = find(module(f"def {name}(*arguments):\n    return 'mine'\n"))
    assert getattr(predictor, name)() == "mine"
    others = {"load", "parse", "predict", "format"} - {name}
    assert all(getattr(predictor, other) is getattr(defaults, other) for other in others)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "import nowhere_to_be_found",
            "ModuleNotFoundError: No module named 'nowhere_to_be_found'",
        ),
        ("1 / 0", "ZeroDivisionError"),
        ("def (", "SyntaxError"),
        ("predict = 3", "predict is 3, not a function"),
    ],
)
def test_a_broken_module_is_named_with_the_reason(module, source, message):
    with pytest.raises(ModelError, match=message):
        find(module(source))
