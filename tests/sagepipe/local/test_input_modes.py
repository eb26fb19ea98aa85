"""Input modes: File, FastFile and Pipe, from prefixes and manifests."""

import gzip
import json
import os
import stat
import struct

import pytest

from sagepipe.contract.runners import SANDBOX
from sagepipe.local import DefinitionError, LocalError
from sagepipe.local.errors import StepError
from sagepipe.local.jobs.pipes import blocks, record
from sagepipe.local.jobs.sources import Source
from sagepipe.local.launch.choose import ChosenLauncher


def channel(name="train", uri="s3://b/train", **keys):
    source = {"S3DataType": keys.pop("S3DataType", "S3Prefix"), "S3Uri": uri}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **keys}


def training(project, body, *channels, mode="File", **more):
    step = project.training("t", body, more={"InputDataConfig": list(channels), **more})
    step["Arguments"]["AlgorithmSpecification"]["TrainingInputMode"] = mode
    return step


def seen(project, execution, step="t"):
    return json.loads(project.log(execution, step))


def config(project, execution):
    return json.loads(
        (project.ml(execution, "t") / "input/config/inputdataconfig.json").read_text()
    )


@pytest.fixture
def objects(project):
    for name in ("b.csv", "a.csv", "deep/c.csv"):
        project.put(f"s3://b/train/{name}", f"{name}\n")


class TestManifest:
    def test_of_a_channel_brings_what_it_names_and_no_more(self, project, objects):
        manifest = [{"prefix": "s3://b/train/"}, "deep/c.csv", "a.csv"]
        project.put("s3://b/list.manifest", json.dumps(manifest))
        body = "print(json.dumps(sorted(str(p.relative_to(D)) for p in D.rglob('*.csv'))))"
        body = f"D = ML / 'input/data/train'\n{body}"
        execution = project.run(
            training(project, body, channel(uri="s3://b/list.manifest", S3DataType="ManifestFile"))
        )
        assert seen(project, execution) == ["a.csv", "deep/c.csv"]

    def test_of_a_processing_input_too(self, project, objects):
        project.put("s3://b/list.manifest", json.dumps([{"prefix": "s3://b/train/"}, "a.csv"]))
        body = "print(json.dumps(os.listdir(IN / 'raw')))"
        step = project.processing("p", body, inputs={"raw": "s3://b/list.manifest"})
        step["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3DataType"] = "ManifestFile"
        assert seen(project, project.run(step), "p") == ["a.csv"]

    def test_of_what_is_not_there_fails_the_job_by_name(self, project):
        project.put("s3://b/list.manifest", json.dumps([{"prefix": "s3://b/none/"}, "a.csv"]))
        step = training(project, "", channel(uri="s3://b/list.manifest", S3DataType="ManifestFile"))
        reason = project.run(step).step("t").failure_reason
        assert reason.startswith(
            "ClientError: manifest s3://b/list.manifest names s3://b/none/a.csv: no such object: "
        )


class TestFastFile:
    # Root may write to anything; as somebody else it shows what everybody else sees.
    AS_SOMEBODY = """
        os.chdir(ML / "input/data/train")
        if os.geteuid() == 0:
            os.setuid(65534)
    """

    def test_is_read_as_files_are(self, project, objects):
        body = "print(json.dumps((ML / 'input/data/train/deep/c.csv').read_text()))"
        execution = project.run(training(project, body, channel(), mode="FastFile"))
        assert seen(project, execution) == "deep/c.csv\n"
        assert config(project, execution)["train"]["TrainingInputMode"] == "FastFile"

    @pytest.mark.parametrize(
        "change",
        ["open('a.csv', 'w')", "open('new.csv', 'w')", "os.remove('a.csv')", "os.mkdir('deep/d')"],
    )
    def test_refuses_to_be_changed(self, project, objects, change):
        body = f"{self.AS_SOMEBODY}\n        print(len(open('a.csv').read()))\n        {change}"
        execution = project.run(training(project, body, channel(), mode="FastFile"))
        assert execution.status == "Failed"
        assert project.log(execution, "t").startswith("6\n")
        assert "PermissionError" in project.log(execution, "t")
        assert project.s3("s3://b/train/a.csv").read_text() == "a.csv\n"

    def test_can_be_deleted_when_the_job_is_over(self, project, objects):
        execution = project.run(training(project, "", channel(), mode="FastFile"))
        folder = project.ml(execution, "t") / "input/data/train"
        assert folder.stat().st_mode & (folder / "deep").stat().st_mode & stat.S_IWUSR

    def test_is_chosen_for_one_channel(self, project, objects):
        body = """
            modes = [os.stat(ML / "input/data" / name / "a.csv").st_mode for name in ("r", "w")]
            print(json.dumps([bool(mode & 0o200) for mode in modes]))
        """
        step = training(project, body, channel("r", InputMode="FastFile"), channel("w"))
        assert seen(project, project.run(step)) == [False, True]


@pytest.fixture
def sandbox(project):
    """Runs jobs in sandboxes, where the machine has them."""
    try:
        ChosenLauncher(project.settings_with(runner=SANDBOX))
    except LocalError as error:
        pytest.skip(str(error))


@pytest.mark.usefixtures("sandbox")
class TestInASandbox:
    @pytest.mark.parametrize("name", ["a.csv", "new.csv", "deep/c.csv"])
    def test_fast_file_refuses_to_be_changed_by_root_too(self, project, objects, name):
        body = f"(ML / 'input/data/train' / {name!r}).write_text('x')"
        execution = project.run(training(project, body, channel(), mode="FastFile"))
        assert execution.status == "Failed"
        assert "Read-only file system" in project.log(execution, "t")

    def test_a_pipe_is_read_as_it_is_elsewhere(self, project, objects):
        body = "print(json.dumps(Path('/opt/ml/input/data/train_0').read_text()))"
        execution = project.run(training(project, body, channel(), mode="Pipe"))
        assert seen(project, execution) == "a.csv\nb.csv\ndeep/c.csv\n"


class TestPipe:
    def test_is_a_fifo_for_each_epoch_and_no_folder(self, project, objects):
        body = """
            import stat
            found = []
            for epoch in range(3):
                fifo = ML / f"input/data/train_{epoch}"
                found.append([stat.S_ISFIFO(fifo.stat().st_mode), fifo.read_text()])
            print(json.dumps([found, (ML / "input/data/train").exists()]))
        """
        execution = project.run(training(project, body, channel(), mode="Pipe"))
        everything = "a.csv\nb.csv\ndeep/c.csv\n"
        assert seen(project, execution) == [[[True, everything]] * 3, False]
        assert config(project, execution)["train"]["TrainingInputMode"] == "Pipe"

    def test_begins_with_epoch_0_alone(self, project, objects):
        body = "print(json.dumps(os.listdir(ML / 'input/data')))"
        assert seen(project, project.run(training(project, body, channel(), mode="Pipe"))) == [
            "train_0"
        ]

    def test_that_nobody_reads_holds_nothing_up(self, project, objects):
        execution = project.run(training(project, "", channel(), mode="Pipe"))
        assert execution.status == "Succeeded"

    def test_that_is_left_early_is_whole_again_in_the_next_epoch(self, project):
        project.put("s3://b/train/a.bin", "x" * 1_000_000)
        body = """
            with open(ML / "input/data/train_0", "rb") as fifo:
                first = len(fifo.read(10))
            print(json.dumps([first, len((ML / "input/data/train_1").read_bytes())]))
        """
        execution = project.run(training(project, body, channel(), mode="Pipe"))
        assert seen(project, execution) == [10, 1_000_000]

    def test_costs_no_space_in_the_job(self, project):
        project.put("s3://b/train/a.bin", "x" * 1_000_000)
        execution = project.run(training(project, "", channel(), mode="Pipe"))
        data = project.ml(execution, "t") / "input/data"
        assert all(stat.S_ISFIFO(path.stat().st_mode) for path in data.iterdir())

    def test_is_shuffled_for_each_epoch_where_asked_to(self, project):
        lines = [f"{number:02}\n" for number in range(20)]
        for line in lines:
            project.put(f"s3://b/train/{line.strip()}.csv", line)
        body = """
            epochs = [(ML / f"input/data/train_{epoch}").read_text() for epoch in range(2)]
            print(json.dumps([epoch.split() for epoch in epochs]))
        """
        step = training(project, body, channel(ShuffleConfig={"Seed": 7}), mode="Pipe")
        first, second = seen(project, project.run(step))
        assert first != second
        assert sorted(first) == sorted(second) == [line.strip() for line in lines]
        assert [first, second] == seen(project, project.run(step)), "a seed gives one order"

    def test_undoes_gzip(self, project):
        for name in ("a", "b"):
            packed = project.put(f"s3://b/train/{name}.gz")
            packed.write_bytes(gzip.compress(f"{name}\n".encode()))
        body = "print(json.dumps((ML / 'input/data/train_0').read_text()))"
        step = training(project, body, channel(CompressionType="Gzip"), mode="Pipe")
        assert seen(project, project.run(step)) == "a\nb\n"

    def test_of_what_is_no_gzip_fails_the_job(self, project):
        project.put("s3://b/train/a.gz", "plain")
        body = "(ML / 'input/data/train_0').read_bytes()"
        step = training(project, body, channel(CompressionType="Gzip"), mode="Pipe")
        reason = project.run(step).step("t").failure_reason
        assert reason.startswith("ClientError: channel 'train' can't be read: Not a gzipped file")

    def test_wraps_each_object_in_a_record(self, project):
        project.put("s3://b/train/a", "abcde")
        project.put("s3://b/train/b", "1234")
        body = "print(json.dumps((ML / 'input/data/train_0').read_bytes().hex()))"
        step = training(project, body, channel(RecordWrapperType="RecordIO"), mode="Pipe")
        execution = project.run(step)
        content = bytes.fromhex(seen(project, execution))
        magic, length = struct.unpack_from("<II", content)
        assert (magic, length, content[8:16]) == (0xCED7230A, 5, b"abcde\0\0\0")
        assert struct.unpack_from("<II", content, 16) == (0xCED7230A, 4)
        assert content[24:] == b"1234"
        assert config(project, execution)["train"]["RecordWrapperType"] == "RecordIO"

    def test_of_a_processing_job_stands_beside_its_local_path(self, project, objects):
        body = "print(json.dumps([(IN / 'raw_0').read_text(), (IN / 'raw').exists()]))"
        step = project.processing("p", body, inputs={"raw": "s3://b/train"})
        step["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3InputMode"] = "Pipe"
        assert seen(project, project.run(step), "p") == ["a.csv\nb.csv\ndeep/c.csv\n", False]


def test_a_record_has_a_longest(monkeypatch):
    monkeypatch.setattr("sagepipe.local.jobs.pipes._RECORD_LONGEST", 4)
    assert len(record(b"1234", "a")) == 12
    with pytest.raises(StepError, match="a is too long for a RecordIO record"):
        record(b"12345", "a")


def test_long_objects_come_in_pieces(tmp_path):
    (tmp_path / "a").write_bytes(os.urandom(3 * 2**20 + 1))
    source = Source("train", "s3://b/a", "/opt/ml/input/data/train", mode="Pipe")
    found = list(blocks(source, [(tmp_path / "a", "a")]))
    assert len(found) == 4
    assert b"".join(found) == (tmp_path / "a").read_bytes()


class TestRefused:
    @pytest.mark.parametrize(
        ("keys", "words"),
        [
            ({"S3DataType": "AugmentedManifestFile"}, "AugmentedManifestFile"),
            ({"CompressionType": "Gzip"}, "Gzip compression is for input mode Pipe, not File"),
            ({"RecordWrapperType": "RecordIO"}, "RecordIO is for input mode Pipe, not File"),
            ({"InputMode": "Stream"}, "InputMode is 'Stream'"),
            ({"ShuffleConfig": {}}, "ShuffleConfig.Seed is missing"),
        ],
    )
    def test_a_channel_that_wants_more(self, project, keys, words):
        with pytest.raises(DefinitionError, match=words):
            project.run(training(project, "", channel(**keys)))
        assert not project.settings.runs.exists()

    def test_gzip_of_a_processing_input_that_is_no_pipe(self, project):
        step = project.processing("p", inputs={"raw": "s3://b/raw"})
        step["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3CompressionType"] = "Gzip"
        with pytest.raises(DefinitionError, match="'raw': Gzip compression is for input mode Pipe"):
            project.run(step)

    @pytest.mark.parametrize(
        ("item", "words"),
        [
            ({"AppManaged": True}, "AppManaged is True"),
            ({"DatasetDefinition": {"LocalPath": "/opt/ml/processing/x"}}, "DatasetDefinition"),
        ],
    )
    def test_a_processing_input_that_the_application_manages(self, project, item, words):
        step = project.processing("p", inputs={"raw": "s3://b/raw"})
        step["Arguments"]["ProcessingInputs"][0] |= item
        with pytest.raises(DefinitionError, match=words):
            project.run(step)

    @pytest.mark.parametrize(
        ("item", "words"),
        [
            ({"AppManaged": True}, "AppManaged is True"),
            ({"FeatureStoreOutput": {"FeatureGroupName": "f"}}, "FeatureStoreOutput"),
        ],
    )
    def test_a_processing_output_that_the_application_manages(self, project, item, words):
        step = project.processing("p", outputs={"o": "s3://b/o"})
        step["Arguments"]["ProcessingOutputConfig"]["Outputs"][0] |= item
        with pytest.raises(DefinitionError, match=words):
            project.run(step)
