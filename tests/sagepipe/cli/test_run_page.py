"""The page of a run: what stands on it, and that nothing on it comes to life."""

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from sagepipe.cli.run_page import render, reports, timeline
from sagepipe.cli.run_page.page import Place
from sagepipe.local import Execution, StepExecution

BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOSTILE = '"><img src=x onerror=alert(1)><script>boo()</script>&amp;'
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000"
    "002000001e221bc330000000049454e44ae426082"
)


class Reader(HTMLParser):
    """Takes a page apart."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.said, self.open = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.said).split())

    def all(self, tag, **attributes):
        return [
            found
            for name, found in self.elements
            if name == tag and attributes.items() <= found.items()
        ]


def step(folder, name="train", status="Succeeded", began=0.0, took=2.0, **more):
    place = folder / name
    place.mkdir(exist_ok=True)
    more.setdefault("log", place / "log.txt")
    return StepExecution(
        name=name,
        type=more.pop("type", "Processing"),
        status=status,
        started=BEGIN + timedelta(seconds=began),
        ended=None if status == "Executing" else BEGIN + timedelta(seconds=began + took),
        folder=place,
        **more,
    )


def run(folder, *steps, status="Succeeded", **more):
    return Execution(
        id="abcdefghijkl",
        pipeline=more.pop("pipeline", "numbers"),
        status=status,
        parameters=more.pop("parameters", {}),
        started=BEGIN,
        ended=None if status == "Executing" else BEGIN + timedelta(seconds=10),
        folder=folder,
        steps=steps,
        **more,
    )


def definition(*names):
    return {"Steps": [{"Name": name, "Type": "Processing", "Arguments": {}} for name in names]}


def read(found, defined=None, folder=None, **place):
    page = render(found, defined, Place(folder or found.folder, Path, **place))
    return Reader(page)


class TestPage:
    def test_it_is_one_whole_document_that_takes_nothing_from_elsewhere(self, tmp_path):
        found = run(tmp_path, step(tmp_path))
        page = read(found, definition("train"))

        assert page.open == []
        assert page.all("script") == page.all("link") == page.all("iframe") == []
        (policy,) = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
        assert policy["content"].startswith("default-src 'none'")

    def test_the_graph_is_coloured_by_state_and_leads_to_the_steps(self, tmp_path):
        steps = (step(tmp_path, "one"), step(tmp_path, "two", "Failed", failure_reason="bad"))
        page = read(run(tmp_path, *steps, status="Failed"), definition("one", "two", "three"))

        drawn = {item["data-id"]: item for item in page.all("a") if "data-id" in item}
        assert {name: item["class"] for name, item in drawn.items()} == {
            "one": "succeeded",
            "two": "failed",
        }
        assert drawn["two"]["href"] == "#step-2"
        assert page.all("div", id="step-2")
        assert len(page.all("g", **{"class": "idle"})) == 1
        assert "✓ 2.0 s · Processing" in page.text

    def test_the_rounds_of_a_loop_are_one_step_of_the_graph(self, tmp_path):
        loop = {"Name": "loop", "Type": "ForEach"}
        loop["Arguments"] = {"ForEachBody": definition("inner")["Steps"]}
        steps = [
            step(tmp_path, "loop", "Failed", type="ForEach", log=None),
            step(tmp_path, "inner-0"),
            step(tmp_path, "inner-1", "Failed"),
            step(tmp_path, "other-1"),
        ]
        raw = {"Steps": [loop, *definition("other-1")["Steps"]]}
        page = read(run(tmp_path, *steps, status="Failed"), raw)

        drawn = {item["data-id"]: item for item in page.all("a") if "data-id" in item}
        assert {name: item["class"] for name, item in drawn.items()} == {
            "loop": "failed",
            "inner": "failed",
            "other-1": "succeeded",
        }
        assert "✗ 2 times · Processing" in page.text
        assert drawn["inner"]["href"] == "#step-3", "the round that failed"

    def test_it_says_which_results_are_of_other_runs_and_which_took_several_attempts(
        self, tmp_path
    ):
        steps = [
            step(tmp_path, "one", cached_from="aaaabbbbcccc"),
            step(tmp_path, "two", selected_from="bbbbccccdddd"),
            step(tmp_path, "three", attempts=3),
        ]
        page = read(run(tmp_path, *steps), definition("one", "two", "three"))

        assert "one Processing 2.0 s · from run aaaabbbbcccc" in page.text
        assert "two Processing 2.0 s · from run bbbbccccdddd" in page.text
        assert "three Processing 2.0 s · 3 attempts" in page.text
        assert page.text.count("✓ kept · Processing") == 2

    def test_without_a_definition_it_has_no_graph(self, tmp_path):
        assert read(run(tmp_path, step(tmp_path)), None).all("svg") == []

    def test_the_time_line_has_a_bar_for_each_step(self, tmp_path):
        steps = (step(tmp_path, "one", took=5), step(tmp_path, "two", began=5, took=5))
        bars = [
            item
            for item in read(run(tmp_path, *steps)).all("span")
            if item.get("class", "").startswith("bar")
        ]

        assert [bar["style"] for bar in bars] == [
            "left:0.000%;width:50.000%",
            "left:50.000%;width:50.000%",
        ]

    def test_a_run_that_goes_on_has_a_page_too(self, tmp_path):
        page = read(run(tmp_path, step(tmp_path, status="Executing"), status="Executing"))

        assert "Executing" in page.text and page.all("span", **{"class": "bar executing"})

    def test_a_run_in_which_nothing_started_has_a_page(self, tmp_path):
        page = read(run(tmp_path, status="Failed", failure_reason="gone"), definition("train"))

        assert "gone" in page.text

    def test_parameters_and_metrics_are_listed(self, tmp_path):
        found = step(tmp_path, metrics={"auc": 0.712813})
        page = read(run(tmp_path, found, parameters={"seed": 7}))

        assert "train auc 0.712813" in page.text
        assert "seed 7" in page.text

    def test_steps_are_shown_with_the_values_of_parameters(self, tmp_path):
        cluster = {"InstanceType": {"Get": "Parameters.instance_type"}, "InstanceCount": 1}
        defined = definition("train")
        defined["Steps"][0]["Arguments"] = {
            "ProcessingResources": {"ClusterConfig": cluster},
            "AppSpecification": {"ContainerArguments": ["--uri", {"Get": "Parameters.uri"}]},
        }
        given = {"instance_type": "ml.m5.4xlarge", "uri": "http://me:secret@host/x"}
        page = read(run(tmp_path, step(tmp_path), parameters=given), defined)

        assert "Instance ml.m5.4xlarge" in page.text
        assert "uri http://me:***@host/x" in page.text
        assert "secret" not in page.text

    def test_a_failure_is_said_first_and_its_log_shown(self, tmp_path):
        found = step(tmp_path, status="Failed", failure_reason="AlgorithmError: no data")
        found.log.write_text("".join(f"line {number}\n" for number in range(100)))
        page = read(run(tmp_path, found, status="Failed"), definition("train"))

        assert page.text.index("AlgorithmError: no data") < page.text.index("Graph")
        assert page.text.count("AlgorithmError: no data") == 1
        assert "line 99" in page.text and "line 60" in page.text and "line 59" not in page.text
        (whole,) = [item for item in page.all("a") if item["href"].endswith("log.txt")]
        assert whole["href"] == "train/log.txt"

    def test_outputs_lead_to_where_they_lie(self, tmp_path):
        (tmp_path / "a b").mkdir()
        uri = (tmp_path / "a b").as_uri()
        outputs = [{"OutputName": "sums", "S3Output": {"S3Uri": uri}}]
        found = step(tmp_path, properties={"ProcessingOutputConfig": {"Outputs": outputs}})

        page = render(
            run(tmp_path, found),
            None,
            Place(tmp_path, lambda text: Path(unquote(text.removeprefix("file://")))),
        )
        assert Reader(page).all("a", href="a%20b")

    def test_it_leads_to_mlflow(self, tmp_path):
        page = read(run(tmp_path), mlflow="http://u:secret@host/#/runs/1", mlflow_said="(soon)")

        assert page.all("a", href="http://u:***@host/#/runs/1")
        assert "MLflow (soon)" in page.text

    def test_passwords_stay_out_of_it(self, tmp_path):
        given = {"mlflow_tracking_uri": "http://me:secret@host:5000/x"}
        page = read(run(tmp_path, parameters=given))

        assert "http://me:***@host:5000/x" in page.text


class TestEscaping:
    @pytest.fixture
    def page(self, tmp_path):
        """A page all of whose texts try to be more."""
        found = step(
            tmp_path,
            status="Failed",
            failure_reason=HOSTILE,
            exit_message=HOSTILE,
            metrics={HOSTILE: 1.0},
            properties={"ModelPackageArn": HOSTILE},
        )
        ended = step(
            tmp_path, "good", exit_message=HOSTILE, properties={"ModelPackageArn": HOSTILE}
        )
        found.log.write_text(f"\x1b[31m{HOSTILE}\x1b[0m\n")
        outputs = found.folder / "opt/ml/processing/output"
        outputs.mkdir(parents=True)
        (outputs / "a'\"><b>.html").write_text(f"<title>x</b>{HOSTILE}</title>")
        (outputs / "p'\"><b>.png").write_bytes(PIXEL)
        raw = definition("train", "good")
        raw["Steps"][0] |= {"DisplayName": HOSTILE, "Description": HOSTILE}
        return read(
            run(
                tmp_path,
                found,
                ended,
                status="Failed",
                pipeline=HOSTILE,
                parameters={HOSTILE: HOSTILE},
                runner=HOSTILE,
            ),
            raw,
            mlflow=f"http://host/{HOSTILE}",
            mlflow_said=HOSTILE,
        )

    def test_no_text_becomes_an_element(self, page):
        assert page.open == []
        assert page.all("script") == []
        assert {item.get("src", "")[:10] for item in page.all("img")} == {"data:image"}
        kept = [name for _, found in page.elements for name in found if name.startswith("on")]
        assert kept == []

    def test_every_text_can_be_read(self, page):
        assert page.text.count(HOSTILE) >= 10


class TestReports:
    @pytest.fixture
    def outputs(self, tmp_path):
        folder = tmp_path / "train/opt/ml/processing/output"
        (folder / "report").mkdir(parents=True)
        return folder

    def test_pages_go_by_their_own_titles_and_come_first(self, tmp_path, outputs):
        (outputs / "report/raw.html").write_text("<html><title>raw data:\n passed &amp; so</title>")
        (outputs / "report/none.html").write_text("<p>no title</p>")
        (outputs / "report/raw.json").write_text("{}")
        (outputs / "curve.png").write_bytes(PIXEL)

        found = reports.reports(step(tmp_path))
        assert [item.title for item in found] == [
            "report/none.html",
            "raw data: passed & so",
            "curve.png",
        ]
        assert found[1].link(tmp_path) == "train/opt/ml/processing/output/report/raw.html"
        assert found[1].link(tmp_path / "pages").startswith("../train/opt")

    def test_every_host_has_its_own(self, tmp_path):
        for host in ("algo-1", "algo-2"):
            folder = tmp_path / "train" / host / "opt/ml/output/data"
            folder.mkdir(parents=True)
            (folder / "loss.svg").write_text("<svg/>")

        assert len(reports.reports(step(tmp_path))) == 2

    def test_small_pictures_are_in_the_page_itself(self, tmp_path, outputs):
        (outputs / "curve.png").write_bytes(PIXEL)
        (outputs / "huge.png").write_bytes(PIXEL + bytes(1_000_000))
        page = read(run(tmp_path, step(tmp_path)))

        (picture,) = page.all("img")
        assert picture["src"].startswith("data:image/png;base64,")
        assert picture["alt"] == "train: curve.png"
        assert [item for item in page.all("a") if item["href"].endswith("huge.png")]

    def test_links_and_hidden_files_are_passed_over(self, tmp_path, outputs):
        (tmp_path / "elsewhere.html").write_text("<title>elsewhere</title>")
        (outputs / "link.html").symlink_to(tmp_path / "elsewhere.html")
        (outputs / ".part.html").write_text("")

        assert reports.reports(step(tmp_path)) == []

    def test_a_step_without_a_job_has_none(self, tmp_path):
        assert reports.reports(step(tmp_path, type="Condition", log=None)) == []


@pytest.mark.parametrize(
    ("whole", "marks"),
    [
        (0.4, [0.0, 0.1, 0.2, 0.3, 0.4]),
        (37.8, [0, 10, 20, 30]),
        (3600 * 3, [0, 3600, 7200, 10800]),
        (86400 * 30, [n * 86400 * 8 for n in range(4)]),
    ],
)
def test_an_axis_has_few_round_marks(whole, marks):
    assert timeline.ticks(whole) == pytest.approx(marks)


class TestVerb:
    @pytest.fixture
    def failed(self, sagepipe_command, project):
        """A run whose first step fails."""
        (project / "data/numbers.txt").write_text("1\n<b>two</b>\n")
        result = sagepipe_command("run")
        assert result.returncode == 1
        return result

    def test_it_is_written_into_the_runs_folder(self, sagepipe_command, project):
        assert sagepipe_command("run").returncode == 0
        result = sagepipe_command("show", "--html")

        assert result.returncode == 0, result.stderr
        (file,) = (project / ".sagepipe/runs").glob("*/run.html")
        assert result.stdout == f"wrote {file.relative_to(project)}\n"
        page = Reader(file.read_text(encoding="utf-8"))
        states = {item["data-id"]: item["class"] for item in page.all("a") if "data-id" in item}
        assert states == dict.fromkeys(("add", "learn", "condition", "register-model"), "succeeded")
        assert "add total 6" in page.text
        targets = {item["id"] for _, item in page.elements if "id" in item}
        links = [item["href"] for item in page.all("a")]
        assert {link[1:] for link in links if link.startswith("#")} <= targets
        files = [link for link in links if not link.startswith("#")]
        assert files
        assert [link for link in files if not (file.parent / unquote(link)).exists()] == []

    def test_it_can_lie_anywhere_and_its_links_hold(self, sagepipe_command, project, failed):
        result = sagepipe_command("show", "last", "-o", "out/page.html")

        assert result.stdout == "wrote out/page.html\n"
        page = Reader((project / "out/page.html").read_text(encoding="utf-8"))
        assert "invalid literal for int() with base 10: '<b>two</b>'" in page.text
        (log,) = [item["href"] for item in page.all("a") if item["href"].endswith("log.txt")]
        assert (project / "out" / log).resolve().is_file()

    def test_a_failed_run_says_how_to_get_it(self, failed):
        assert re.search(
            r"^The run as a page: .*sagepipe.cli show \w{12} --html$", failed.stdout, re.M
        )

    def test_a_run_whose_definition_is_gone_has_a_page(self, sagepipe_command, project):
        assert sagepipe_command("run").returncode == 0
        (definition_file,) = (project / ".sagepipe/runs").glob("*/definition.json")
        definition_file.write_text(json.dumps([1]))

        assert sagepipe_command("show", "--html").returncode == 0

    def test_a_folder_is_no_page(self, sagepipe_command):
        assert sagepipe_command("run").returncode == 0
        result = sagepipe_command("show", "-o", "data")

        assert result.returncode == 2 and "can't write" in result.stderr
