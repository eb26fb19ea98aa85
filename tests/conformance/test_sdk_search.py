"""A search, a model and a batch transform, compiled by the SageMaker SDK v3, in their own image."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sagepipe.local.settings import Image

DEFINITION = Path(__file__).parents[1] / "sagepipe/compiler/check/sdk_v3/search.json"
IMAGE = "localhost/sm-template-sdk-search:test"

# The team's own image: one program that prepares, trains and serves, and knows SageMaker alone.
PROGRAM = """
import json, math, os, pathlib, shutil, signal, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ML = pathlib.Path("/opt/ml")

def prepare():
    shutil.copytree(ML / "processing/input/raw", ML / "processing/output/train", dirs_exist_ok=True)

def train():
    given = json.loads((ML / "input/config/hyperparameters.json").read_text())
    far = abs(math.log10(float(given["rate"])) + 1)
    (ML / "model/given.json").write_text(json.dumps(given))
    print(f"auc={max(0.0, 0.9 - far / 10):.6f}")

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ping" else 404)
        self.end_headers()
    def do_POST(self):
        rows = self.rfile.read(int(self.headers["Content-Length"])).decode().split()
        rate = json.loads((ML / "model/given.json").read_text())["rate"]
        body = "".join(f"{float(row) * float(rate)}\\n" for row in rows).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

def serve():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()

{"": prepare, "train": train, "serve": serve}["".join(sys.argv[1:])]()
"""
CONTAINERFILE = """\
FROM {base}
COPY program.py /opt/program/program.py
ENTRYPOINT ["python3", "/opt/program/program.py"]
"""


@pytest.mark.once
@pytest.mark.parametrize("runner", ["container"], indirect=True)
def test_a_search_that_the_sdk_compiled_runs_in_its_image(bench: Any, image: str) -> None:
    engine = shutil.which("podman") or shutil.which("docker")
    (bench.folder / "program.py").write_text(PROGRAM)
    (bench.folder / "Containerfile").write_text(CONTAINERFILE.format(base=image))
    own = ["--isolation=chroot", "--pull=never"] if str(engine).endswith("podman") else []
    command = [str(engine), "build", *own, "-f", "Containerfile", "-t", IMAGE, "."]
    subprocess.run(command, cwd=bench.folder, check=True, capture_output=True)
    bench.with_settings(images={"123456789012.*": Image(name=IMAGE)})
    bench.put("s3://team-bucket/raw/a.csv", "1\n")
    bench.put("s3://team-bucket/batch/rows.csv", "1\n2\n")

    execution = bench.run_definition(json.loads(DEFINITION.read_text()))

    assert execution.status == "Succeeded", [step.failure_reason for step in execution.steps]
    best = execution.step("Tune").properties["BestTrainingJob"]
    rate = float(best["TunedHyperParameters"]["rate"])
    scored = bench.s3("s3://team-bucket/scored/rows.csv.out").read_text().split()
    assert [float(value) for value in scored] == [rate, 2 * rate]
    counters = execution.step("Tune").properties["TrainingJobStatusCounters"]
    assert counters["Completed"] == 8
