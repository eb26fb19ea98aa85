"""Transform jobs: a serving program of this machine, asked over HTTP as SageMaker asks."""

import gzip
import json
import tarfile
import textwrap
from pathlib import Path
from typing import Any

import pytest

from sagepipe.local import DefinitionError, Execution

# A model that doubles numbers. It writes down each request that it gets.
SERVE = """
import json, os, signal, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ml = Path(os.environ["SAGEMAKER_BASE_DIR"])
factor = float((ml / "model/factor.txt").read_text())
asked = open(ml / "asked.jsonl", "a")
names = ("SAGEMAKER_BATCH", "SAGEMAKER_BATCH_STRATEGY", "SAGEMAKER_MAX_PAYLOAD_IN_MB",
         "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "COLOUR")
(ml / "told.json").write_text(json.dumps({n: os.environ[n] for n in names if n in os.environ}))
PARAMETERS = json.loads(os.environ.get("PARAMETERS", "null"))
PINGS = int(os.environ.get("PINGS", 0))


class Handler(BaseHTTPRequestHandler):
    def reply(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        global PINGS
        if self.path == "/ping":
            PINGS -= 1
            self.reply(200 if PINGS < 0 else 503)
        elif PARAMETERS:
            self.reply(200, json.dumps(PARAMETERS).encode())
        else:
            self.reply(404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        print(json.dumps([self.headers["Content-Type"], self.headers["Accept"], body]),
              file=asked, flush=True)
        try:
            if self.headers["Content-Type"] == "application/jsonlines":
                rows = [json.loads(line)["x"] for line in body.splitlines()]
                answers = [json.dumps({"y": row * factor}) for row in rows]
            else:
                answers = [str(float(line.split(",")[-1]) * factor) for line in body.splitlines()]
        except ValueError as error:
            self.reply(400, f"not a number: {error}".encode())
            return
        self.reply(200, "\\n".join(answers).encode())

    def log_message(self, *_):
        pass


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
print("listening", flush=True)
address = ("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"]))
ThreadingHTTPServer(address, Handler).serve_forever()
"""


@pytest.fixture
def serving(project: Any) -> Any:
    """A project with a model archive and a serving program."""
    (project.folder / "serve.py").write_text(textwrap.dedent(SERVE))
    (project.folder / "factor.txt").write_text("2")
    archive = project.s3("s3://b/model.tar.gz")
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(project.folder / "factor.txt", "factor.txt")
    project.settings_with(serve=Path("serve.py"))
    return project


def model(**container: Any) -> dict[str, Any]:
    primary = {"Image": "image", "ModelDataUrl": "s3://b/model.tar.gz", **container}
    return {"Name": "model", "Type": "Model", "Arguments": {"PrimaryContainer": primary}}


def transform(data: str = "s3://b/in", **more: Any) -> dict[str, Any]:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": data}}
    given = {"ContentType": "text/csv", "SplitType": "Line", **more.pop("TransformInput", {})}
    output = {"S3OutputPath": "s3://b/out", "AssembleWith": "Line", "Accept": "text/csv"}
    arguments = {
        "ModelName": {"Get": "Steps.model.ModelName"},
        "TransformInput": {"DataSource": source, **given},
        "TransformOutput": {**output, **more.pop("TransformOutput", {})},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }
    return {"Name": "score", "Type": "Transform", "Arguments": arguments}


def asked(project: Any, execution: Execution) -> list[list[str]]:
    """Each request's content type, accept header and body."""
    lines = (project.ml(execution, "score") / "asked.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_33_requests_hold_many_records_of_one_file_and_outputs_are_called_out(serving: Any) -> None:
    serving.put("s3://b/in/a.csv", "1\n2\n")
    serving.put("s3://b/in/sub/b.csv", "3")

    execution = serving.run(model(), transform())

    assert execution.status == "Succeeded", execution.steps
    assert serving.s3("s3://b/out/a.csv.out").read_text() == "2.0\n4.0\n"
    assert serving.s3("s3://b/out/sub/b.csv.out").read_text() == "6.0\n"
    assert asked(serving, execution) == [
        ["text/csv", "text/csv", "1\n2\n"],
        ["text/csv", "text/csv", "3\n"],
    ]
    properties = execution.step("score").properties
    assert properties["TransformJobStatus"] == "Completed"
    assert properties["ModelName"] == execution.step("model").properties["ModelName"]


def test_32_the_container_is_told_of_the_batch_and_of_limits_only_where_the_caller_set_them(
    serving: Any,
) -> None:
    serving.put("s3://b/in/a.csv", "1\n2\n")
    told = {"Environment": {"COLOUR": "red"}, "MaxPayloadInMB": 2, "BatchStrategy": "SingleRecord"}

    plain = serving.run(model(), transform())
    limited = serving.run(model(), transform(**told, MaxConcurrentTransforms=2))

    read = [
        json.loads((serving.ml(e, "score") / "told.json").read_text()) for e in (plain, limited)
    ]
    assert read == [
        {"SAGEMAKER_BATCH": "true"},
        {
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": "2",
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "2",
            "COLOUR": "red",
        },
    ]
    assert sorted(body for _, _, body in asked(serving, limited)) == ["1\n", "2\n"]


def test_32_the_containers_own_word_counts_where_the_caller_says_nothing(serving: Any) -> None:
    serving.put("s3://b/in/a.csv", "1\n2\n")
    said = {"BatchStrategy": "SINGLE_RECORD", "MaxConcurrentTransforms": 1, "MaxPayloadInMB": 1}
    speaks = model(Environment={"PARAMETERS": json.dumps(said)})

    own = serving.run(speaks, transform())
    overruled = serving.run(speaks, transform(BatchStrategy="MultiRecord"))

    assert [body for _, _, body in asked(serving, own)] == ["1\n", "2\n"]
    assert [body for _, _, body in asked(serving, overruled)] == ["1\n2\n"]


def test_a_multi_record_strategy_of_the_container_is_understood(serving: Any) -> None:
    serving.put("s3://b/in/a.csv", "1\n2\n")
    speaks = model(Environment={"PARAMETERS": json.dumps({"BatchStrategy": "MULTI_RECORD"})})

    assert [body for _, _, body in asked(serving, serving.run(speaks, transform()))] == ["1\n2\n"]


def test_29_a_model_that_needs_time_is_waited_for(serving: Any) -> None:
    serving.put("s3://b/in/a.csv", "1")

    assert serving.run(model(Environment={"PINGS": "5"}), transform()).status == "Succeeded"


def test_29_a_model_that_ends_before_it_answers_fails_the_step(serving: Any) -> None:
    serving.put("s3://b/in/a.csv", "1")
    serving.put("s3://b/empty.tar.gz", "")

    execution = serving.run(model(Environment={"PINGS": "many"}), transform())

    assert execution.status == "Failed"
    assert "ended before it answered GET /ping (exit code 1)" in str(
        execution.step("score").failure_reason
    )


def test_a_file_with_a_bad_record_gets_no_output_and_the_others_do(serving: Any) -> None:
    serving.put("s3://b/in/a.csv", "1")
    serving.put("s3://b/in/b.csv", "2\nx\n")
    serving.put("s3://b/in/c.csv", "3")

    execution = serving.run(model(), transform(BatchStrategy="SingleRecord"))

    assert execution.status == "Failed"
    assert sorted(path.name for path in serving.s3("s3://b/out").iterdir()) == [
        "a.csv.out",
        "c.csv.out",
    ]
    reason = str(execution.step("score").failure_reason)
    assert "1 of 3 files got no output; b.csv: record 2: 400 answer from the model" in reason
    assert "not a number" in reason
    assert len([body for _, _, body in asked(serving, execution) if body == "x\n"]) == 1


def test_payloads_stay_within_their_limit(serving: Any) -> None:
    row = "1" * 300_000
    serving.put("s3://b/in/a.csv", "\n".join(["0," + row] * 5))

    execution = serving.run(model(), transform(MaxPayloadInMB=1))

    sizes = [body.count("\n") for _, _, body in asked(serving, execution)]
    assert sizes == [3, 2]
    assert len(serving.s3("s3://b/out/a.csv.out").read_text().splitlines()) == 5


def test_a_record_larger_than_a_request_may_be_costs_its_file_the_output(serving: Any) -> None:
    serving.put("s3://b/in/a.csv", "1" * 2_000_000)

    execution = serving.run(model(), transform(MaxPayloadInMB=1))

    assert "record 1 has 2,000,001 bytes" in str(execution.step("score").failure_reason)


def test_without_a_split_a_file_goes_whole_and_is_stored_as_answered(serving: Any) -> None:
    serving.put("s3://b/in/a.csv", "1\n2")

    execution = serving.run(
        model(),
        transform(TransformInput={"SplitType": "None"}, TransformOutput={"AssembleWith": "None"}),
    )

    assert [body for _, _, body in asked(serving, execution)] == ["1\n2"]
    assert serving.s3("s3://b/out/a.csv.out").read_text() == "2.0\n4.0"


def test_compressed_files_are_read(serving: Any) -> None:
    serving.put("s3://b/in/a.csv.gz").write_bytes(gzip.compress(b"1\n2\n"))

    serving.run(model(), transform(TransformInput={"CompressionType": "Gzip"}))

    assert serving.s3("s3://b/out/a.csv.gz.out").read_text() == "2.0\n4.0\n"


def test_csv_records_are_filtered_joined_and_filtered_again(serving: Any) -> None:
    serving.put("s3://b/in/a.csv", 'k1,"a, b",1\nk2,c,2\n')
    associated = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,1,-1]"}

    execution = serving.run(model(), transform(DataProcessing=associated))

    assert execution.status == "Succeeded", execution.steps
    assert [body for _, _, body in asked(serving, execution)] == ['"a, b",1\nc,2\n']
    assert serving.s3("s3://b/out/a.csv.out").read_text() == 'k1,"a, b",2.0\nk2,c,4.0\n'


def test_json_records_get_their_answers_as_sagemaker_output(serving: Any) -> None:
    serving.put("s3://b/in/a.jsonl", '{"id": 1, "in": {"x": 3}}\n{"id": 2, "in": {"x": 4}}\n')
    kinds = {
        "TransformInput": {"ContentType": "application/jsonlines"},
        "TransformOutput": {"Accept": "application/jsonlines"},
    }
    associated = {
        "InputFilter": "$.in",
        "JoinSource": "Input",
        "OutputFilter": "$['id','SageMakerOutput']",
    }

    serving.run(model(), transform(**kinds, DataProcessing=associated))

    lines = serving.s3("s3://b/out/a.jsonl.out").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"id": 1, "SageMakerOutput": {"y": 6.0}},
        {"id": 2, "SageMakerOutput": {"y": 8.0}},
    ]


def test_a_filter_that_leads_nowhere_costs_the_file_its_output(serving: Any) -> None:
    serving.put("s3://b/in/a.csv", "1,2\n")

    execution = serving.run(model(), transform(DataProcessing={"InputFilter": "$[7]"}))

    assert "$[7] leads to nothing in a record" in str(execution.step("score").failure_reason)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"DataProcessing": {"InputFilter": "$["}}, "is no JSONPath"),
        (
            {
                "DataProcessing": {"JoinSource": "Input"},
                "TransformInput": {"ContentType": "text/csv"},
                "TransformOutput": {"Accept": "application/json"},
            },
            "of one kind",
        ),
        (
            {
                "DataProcessing": {"JoinSource": "Input"},
                "TransformInput": {"SplitType": "None"},
            },
            "SplitType 'Line'",
        ),
        ({"TransformInput": {"SplitType": "TFRecord"}}, "supports 'None' or 'Line'"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_starts(
    serving: Any, changes: dict[str, Any], fault: str
) -> None:
    with pytest.raises(DefinitionError, match=fault.replace("[", r"\[")):
        serving.run(model(), transform(**changes))


def test_a_cached_answer_counts_for_the_same_model_and_input_wherever_it_goes(serving: Any) -> None:
    serving.put("s3://b/in/a.csv", "k1,1\n")
    name = serving.run(model()).step("model").properties["ModelName"]
    plain = transform(ModelName=name) | {"CacheConfig": {"Enabled": True}}
    elsewhere = transform(ModelName=name, TransformOutput={"S3OutputPath": "s3://b/elsewhere"})
    filtered = transform(ModelName=name, DataProcessing={"InputFilter": "$[1:]"})
    steps = [plain, plain, plain | elsewhere, plain | filtered]

    first, *others = [serving.run(step).step("score") for step in steps]

    assert first.status == "Succeeded", first.failure_reason
    source = [step.cached_from for step in others]
    assert source[0] == source[1] is not None
    assert source[2] is None


def test_a_model_whose_data_is_missing_is_not_made(serving: Any) -> None:
    execution = serving.run(model(ModelDataUrl="s3://b/none.tar.gz"))

    assert "Could not find model data" in str(execution.step("model").failure_reason)


def test_an_archive_that_leads_out_of_its_folder_is_refused(serving: Any) -> None:
    (serving.folder / "up.txt").write_text("2")
    with tarfile.open(serving.s3("s3://b/model.tar.gz"), "w:gz") as tar:
        tar.add(serving.folder / "up.txt", "../factor.txt")
    serving.put("s3://b/in/a.csv", "1")

    execution = serving.run(model(), transform())

    assert "leads out of the archive's folder" in str(execution.step("score").failure_reason)


def test_without_a_serving_program_it_is_refused_before_anything_starts(project: Any) -> None:
    with pytest.raises(DefinitionError, match=r"image's serve command .*LocalSettings.serve"):
        project.run(model(), transform())
