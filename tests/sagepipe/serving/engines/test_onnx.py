import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sagepipe
from sagepipe import export
from sagepipe.serving import ModelError, Schema, engines
from sagepipe.serving.engines import onnx


@pytest.fixture
def columns(frame):
    """The frame as a request's columns."""
    return {name: frame[name].to_numpy() for name in frame}


def test_it_comes_before_the_native_model(onnx_directory):
    assert isinstance(engines.load(onnx_directory), onnx.OnnxModel)


def test_it_answers_as_the_native_model(onnx_directory, model, frame, columns):
    answer = engines.load(onnx_directory).predict(columns)
    np.testing.assert_array_equal(answer.values, model.predict(frame))
    np.testing.assert_allclose(answer.probabilities, model.predict_proba(frame), atol=1e-15)
    assert answer.classes.tolist() == ["late", "on time"]


def test_rows_keep_their_order(onnx_directory, columns):
    served = engines.load(onnx_directory)
    whole = served.predict(columns).probabilities
    order = np.random.default_rng(7).permutation(len(whole))
    shuffled = served.predict({name: values[order] for name, values in columns.items()})
    np.testing.assert_array_equal(shuffled.probabilities, whole[order])


def test_the_order_of_columns_does_not_matter(onnx_directory, columns):
    served = engines.load(onnx_directory)
    backwards = dict(reversed(columns.items()))
    np.testing.assert_array_equal(
        served.predict(backwards).probabilities, served.predict(columns).probabilities
    )


def test_the_server_imports_nothing_of_training(onnx_directory):
    """Neither to load the model nor to answer a request in any format."""
    source = """
import json, sys
from pathlib import Path
from sagepipe import serving
from sagepipe.serving.readers import READERS
import sagepipe.serving.app, sagepipe.serving.server

directory = Path(sys.argv[1])
model = serving.load(directory)
row = json.loads((directory / "schema.json").read_text())["example"]
cells = ",".join("" if value is None else str(value) for value in row.values())
bodies = {"text/csv": cells, "application/json": json.dumps([row])}
for kind, body in bodies.items():
    columns = serving.parse(body.encode(), kind, model.schema)
    serving.format(serving.predict(model, columns), kind)
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""
    done = subprocess.run(
        [sys.executable, "-c", source, str(onnx_directory)],
        env={**os.environ, "PYTHONPATH": str(Path(sagepipe.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(json.loads(done.stdout))
    assert "onnxruntime" in loaded
    assert loaded & {"joblib", "mlflow", "onnx", "pandas", "scipy", "skl2onnx", "sklearn"} == set()


def test_the_probability_of_one_class(onnx_directory, columns):
    answer = engines.load(onnx_directory).predict(columns)
    np.testing.assert_array_equal(answer.probability_of("late"), answer.probabilities[:, 0])
    with pytest.raises(ModelError, match=r"class 'early'; the model has \['late', 'on time'\]"):
        answer.probability_of("early")


class TestLoad:
    def test_needs_the_schema(self, onnx_directory, tmp_path):
        (tmp_path / "model.onnx").write_bytes((onnx_directory / "model.onnx").read_bytes())
        with pytest.raises(ModelError, match=r"schema.json: no such file"):
            engines.load(tmp_path)

    @pytest.mark.parametrize("kept", [0, 10, 2000], ids=["empty", "start", "cut off"])
    def test_names_a_broken_file(self, kept, onnx_directory, schema, tmp_path):
        schema.write(tmp_path)
        content = (onnx_directory / "model.onnx").read_bytes()
        assert len(content) > kept
        (tmp_path / "model.onnx").write_bytes(content[:kept])
        with pytest.raises(ModelError, match=r"model.onnx: (not a model|an ONNX model without)"):
            engines.load(tmp_path)

    def test_names_a_schema_of_another_model(self, onnx_directory, frame, tmp_path):
        (tmp_path / "model.onnx").write_bytes((onnx_directory / "model.onnx").read_bytes())
        Schema.from_frame(frame.rename(columns={"hour": "minute"})).write(tmp_path)
        with pytest.raises(ModelError, match=r"it and schema.json differ in hour, minute"):
            engines.load(tmp_path)

    def test_names_a_graph_that_was_made_elsewhere(self, schema, tmp_path):
        from onnx import TensorProto, helper

        value = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None]) for name in "xy"]
        node = helper.make_node("Identity", ["x"], ["y"])
        graph = helper.make_graph([node], "g", value[:1], value[1:])
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
        with pytest.raises(ModelError, match=r"without sagepipe's metadata; write it with"):
            onnx.read(made.SerializeToString(), schema)

    def test_without_the_package_the_remedy_is_named(self, onnx_directory, tmp_path, monkeypatch):
        (tmp_path / "model.onnx").write_bytes((onnx_directory / "model.onnx").read_bytes())
        monkeypatch.setattr(engines, "find_spec", lambda package: None)
        with pytest.raises(
            ModelError, match=r'onnxruntime is not installed here; .* engine = "onnx" in sagepipe'
        ):
            engines.load(tmp_path)


def test_a_model_folder_of_one_engine_is_served_by_the_other(model, frame, tmp_path, monkeypatch):
    """An image for scikit-learn takes the native model that lies beside the exported one."""
    export.save(model, tmp_path, frame)
    monkeypatch.setattr(engines, "find_spec", lambda package: package != "onnxruntime" or None)
    np.testing.assert_array_equal(
        engines.load(tmp_path).predict({name: frame[name].to_numpy() for name in frame}).values,
        model.predict(frame),
    )


def test_onnx_runtime_keeps_no_telemetry_of_a_model_that_is_loaded(onnx_directory, tmp_path):
    """Where it has telemetry on, it leaves a number for the machine in the user's folder."""
    source = "import sys; from sagepipe.serving import engines; engines.load(sys.argv[1])"
    drop = ("ORT_", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(drop)}
    library = str(Path(sagepipe.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-B", "-c", source, str(onnx_directory)],
        env={**kept, "HOME": str(tmp_path), "PYTHONPATH": library},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.rglob("*")) == []
