"""What the authoring language promises, kept inside the job."""

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from sagepipe import dsl
from sagepipe.compiler import compile_pipeline
from sagepipe.local.jobs import metrics

TABLE = {"table.csv": b"a"}


def returned(box: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(box.read("processing/output/returned/returned.json"))
    return found


class TestReturns:
    def test_values_are_written_where_conditions_read_them(self, box: Any) -> None:
        done = box.processing({"raw": TABLE}, ["returned"]).run("parts:look")

        assert done.returncode == 0, done.stderr
        # Lists travel as text: SageMaker hands them on as they stand.
        assert returned(box) == {"rows": 3, "names": '["a", "b\\"c"]', "share": 1}

    def test_one_value_is_called_output(self, box: Any) -> None:
        assert box.processing(outputs=["returned"]).run("parts:count").returncode == 0
        assert returned(box) == {"Output": False}

    def test_numpys_scalars_are_numbers(self, box: Any) -> None:
        box.processing({"raw": TABLE}, ["returned"])
        done = box.run("parts:look", "--how", "numpy")

        assert done.returncode == 0, done.stderr
        assert returned(box) == {"rows": 3, "names": '["a"]', "share": 0.5}

    @pytest.mark.parametrize(
        ("how", "said"),
        [
            ("few", "returned (1, 2); it is annotated to return rows: int, names: list, share"),
            ("nothing", "returned None; it is annotated to return rows: int"),
            ("type", "its returned 'rows' is '3'; it has to be of type int"),
            ("nan", "its returned 'share' is nan"),
            ("set", "its returned 'names'"),
        ],
    )
    def test_other_values_fail_the_job_with_one_line(self, box: Any, how: str, said: str) -> None:
        box.processing({"raw": TABLE}, ["returned"])
        done = box.run("parts:look", "--how", how)

        assert done.returncode == 1
        message = box.read("output/message")
        assert said in message
        assert "component 'look'" in message
        assert not (box.ml / "processing/output/returned/returned.json").exists()


class TestInputs:
    def test_what_is_left_out_is_none(self, box: Any) -> None:
        done = box.processing({"raw": TABLE}, ["returned"]).run("parts:look")

        assert "more is None, mode fast, depth None" in done.stdout

    def test_what_is_given_is_there(self, box: Any) -> None:
        box.processing({"raw": TABLE, "more": TABLE}, ["returned"])
        done = box.run("parts:look", "--depth", "3")

        assert "more is Dataset(name='more'" in done.stdout
        assert "depth 3" in done.stdout

    def test_many_are_a_list_in_the_order_of_their_numbers(self, box: Any) -> None:
        names = [f"parts-{index}" for index in (2, 10, 0, 1)]
        box.processing({name: {"x": name[6:].encode()} for name in names}, ["seen"])
        done = box.run("parts:merge")

        assert done.returncode == 0, done.stderr
        assert box.read("processing/output/seen/seen") == (
            "parts-0=0 parts-1=1 parts-2=2 parts-10=10"
        )

    def test_a_value_outside_the_choices_is_refused(self, box: Any) -> None:
        box.processing({"raw": TABLE}, ["returned"])
        assert box.run("parts:look", "--mode", "slow").returncode == 1
        assert "has to be 'fast' | 'full', not 'slow'" in box.read("output/message")

    def test_so_it_is_in_a_training_job(self, box: Any) -> None:
        box.training("measured", {"train": TABLE}, mode="slow")
        assert box.run().returncode == 1
        assert "has to be 'fast' | 'full', not 'slow'" in box.read("output/failure")


RESOURCES = {
    "current_host": "algo-2",
    "hosts": ["algo-1", "algo-2", "algo-3"],
    "network_interface_name": "eth0",
}


class TestHosts:
    def write(self, box: Any, path: str) -> None:
        (box.ml / path).parent.mkdir(parents=True, exist_ok=True)
        (box.ml / path).write_text(json.dumps(RESOURCES))

    def test_of_a_processing_job(self, box: Any) -> None:
        box.processing(outputs=["seen"])
        self.write(box, "config/resourceconfig.json")
        done = box.run("parts:spread")

        assert done.returncode == 0, done.stderr
        assert box.read("processing/output/seen/seen") == "algo-2 1 of 3, first: False"

    def test_of_a_training_job(self, box: Any) -> None:
        box.training("measured", {"train": TABLE})
        self.write(box, "input/config/resourceconfig.json")

        assert box.run().returncode == 0
        assert box.read("model/host") == "algo-2 eth0"

    def test_without_the_file_there_is_one(self, box: Any) -> None:
        assert box.processing(outputs=["seen"]).run("parts:spread").returncode == 0
        assert box.read("processing/output/seen/seen") == "algo-1 0 of 1, first: True"


def parts() -> Any:
    """Import the components as the compiler would."""
    if "parts" not in sys.modules:
        file = Path(__file__).parent / "parts.py"
        spec = importlib.util.spec_from_file_location("parts", file)
        assert spec and spec.loader
        sys.modules["parts"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["parts"])
    return sys.modules["parts"]


class TestMetrics:
    """SageMaker reads numbers off the log by the compiled regular expressions."""

    def definitions(self) -> list[dict[str, str]]:
        @dsl.pipeline(name="p")
        def pipeline() -> None:
            parts().measured(train=dsl.importer("s3://b/x"))

        (step,) = compile_pipeline(pipeline)["Steps"]
        found: list[dict[str, str]] = step["Arguments"]["AlgorithmSpecification"][
            "MetricDefinitions"
        ]
        return found

    @pytest.mark.parametrize("auc", ["0.75", "1", "1e-05", "-3.5", "0"])
    def test_the_compiled_expressions_find_them_in_the_jobs_own_log(
        self, box: Any, tmp_path: Path, auc: str
    ) -> None:
        box.training("measured", {"train": TABLE}, mode="full", auc=auc)
        done = box.run()
        assert done.returncode == 0, done.stderr

        log = tmp_path / "log.txt"
        log.write_text(done.stdout)
        assert metrics.final(self.definitions(), log) == {
            "auc": float(auc),
            "by_class.late": -1.5e-7,
            "r(2)|x": 1e300,
        }
        for definition in self.definitions():
            assert len(re.findall(definition["Regex"], done.stdout)) == 1

    def test_one_that_was_not_logged_is_named(self, box: Any) -> None:
        done = box.training("measured", {"train": TABLE}).run()

        assert done.returncode == 0
        assert "metric 'r(2)|x' was not logged to an Output[Metrics]" in done.stderr
