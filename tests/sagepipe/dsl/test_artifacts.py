import math

import pytest

from sagepipe.dsl import ClassificationMetrics, Dataset, Metrics, Model


class TestPath:
    def test_an_artifact_needs_a_place(self):
        with pytest.raises(ValueError, match=r"Dataset\(\) needs a path or a directory"):
            Dataset()

    def test_a_folder_with_one_entry_stands_for_the_entry(self, tmp_path):
        (tmp_path / "train_data.csv").touch()
        (tmp_path / ".metadata.json").touch()

        assert Dataset(directory=tmp_path).path == str(tmp_path / "train_data.csv")

    def test_a_folder_with_several_entries_stands_for_itself(self, tmp_path):
        (tmp_path / "a.csv").touch()
        (tmp_path / "b.csv").touch()

        assert Dataset(directory=tmp_path).path == str(tmp_path)

    def test_the_directory_of_a_path_is_its_parent(self, tmp_path):
        data = Dataset(path=tmp_path / "train.csv")

        assert (data.directory, data.name) == (str(tmp_path), "train")

    def test_the_uri_is_the_path_where_s3_is_not_known(self, tmp_path):
        assert Model(directory=tmp_path).uri == str(tmp_path)


class TestMetrics:
    def test_a_metric_is_kept_as_a_float(self, tmp_path):
        metrics = Metrics(directory=tmp_path)
        metrics.log_metric("rows", 3)

        assert metrics.metadata == {"rows": 3.0}

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_a_number_that_json_has_no_form_for_is_refused(self, tmp_path, value):
        with pytest.raises(ValueError, match="'auc' is"):
            Metrics(directory=tmp_path).log_metric("auc", value)


class TestClassificationMetrics:
    def test_a_roc_curve_is_kept_by_point_with_a_finite_threshold(self, tmp_path):
        metrics = ClassificationMetrics(directory=tmp_path)
        metrics.log_roc_curve([0, 1], [0, 1], [math.inf, 0.5])

        assert metrics.metadata["roc_curve"] == [
            {"fpr": 0.0, "tpr": 0.0, "threshold": 1e10},
            {"fpr": 1.0, "tpr": 1.0, "threshold": 0.5},
        ]

    def test_a_roc_curve_of_unequal_columns_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="fpr 1, tpr 2, threshold 1"):
            ClassificationMetrics(directory=tmp_path).log_roc_curve([0], [0, 1], [0.5])

    def test_a_confusion_matrix_has_as_many_rows_as_classes(self, tmp_path):
        with pytest.raises(ValueError, match="2 categories needs 2 x 2 counts"):
            ClassificationMetrics(directory=tmp_path).log_confusion_matrix(["a", "b"], [[1, 2]])
