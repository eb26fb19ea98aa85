"""What changed between two definitions."""

import copy
from typing import Any

import pytest

from sagepipe.compiler.difference import Change, compare, markdown, plain
from sagepipe.compiler.reading import Edge, Wait


def step(name: str, **arguments: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Processing", "Arguments": arguments}


def definition() -> dict[str, Any]:
    """A definition to change: ``prepare``, then ``train``, whose files have its name."""
    return {
        "Parameters": [
            {"Name": "rows", "Type": "Integer", "DefaultValue": 5},
            {"Name": "mode", "Type": "String"},
        ],
        "Steps": [
            step(
                "prepare",
                Cluster={"InstanceType": "ml.m5.large", "InstanceCount": 1},
                ProcessingInputs=[{"InputName": "raw", "Uri": "s3://b/raw"}],
                AppSpecification={"ContainerArguments": ["team:prepare", "--rows", "5"]},
            ),
            step("train", From={"Get": "Steps.prepare.X"}, To=["s3:/", "train"]),
        ],
    }


def changed(edit: Any) -> Any:
    new = copy.deepcopy(definition())
    edit(new)
    return compare(definition(), new)


class TestSameness:
    def test_a_definition_is_the_same_as_itself(self) -> None:
        found = compare(definition(), definition())

        assert not found
        assert plain(found) == "no difference\n"

    @pytest.mark.parametrize(
        "edit",
        [
            lambda new: new["Steps"].reverse(),
            lambda new: new["Parameters"].reverse(),
            lambda new: new["Steps"][0].update(Description=None),
        ],
        ids=["order of steps", "order of parameters", "null"],
    )
    def test_what_means_nothing_is_no_difference(self, edit: Any) -> None:
        assert not changed(edit)

    def test_true_and_one_are_different(self) -> None:
        found = compare({"Steps": [step("a", A=1)]}, {"Steps": [step("a", A=True)]})

        assert found.changed[0].changes == (Change("Arguments.A", 1, True),)


class TestSteps:
    def test_machines_are_marked(self) -> None:
        found = changed(
            lambda new: new["Steps"][0]["Arguments"]["Cluster"].update(InstanceType="ml.m5.4xlarge")
        )

        (one,) = found.changed
        assert one.changes == (
            Change(
                "Arguments.Cluster.InstanceType", "ml.m5.large", "ml.m5.4xlarge", resources=True
            ),
        )
        assert plain(found) == (
            "Steps\n  ~ prepare (Processing)\n"
            '      Cluster.InstanceType: "ml.m5.large" → "ml.m5.4xlarge"  [resources]\n'
        )

    def test_an_entry_before_others_changes_none_of_them(self) -> None:
        extra = {"InputName": "more", "Uri": "s3://b/more"}
        found = changed(
            lambda new: new["Steps"][0]["Arguments"]["ProcessingInputs"].insert(0, extra)
        )

        assert found.changed[0].changes == (
            Change("Arguments.ProcessingInputs['more'].Uri", None, "s3://b/more"),
        )

    def test_a_components_parameters_are_told_by_name(self) -> None:
        def edit(new: Any) -> None:
            arguments = new["Steps"][0]["Arguments"]["AppSpecification"]["ContainerArguments"]
            arguments[1:1] = ["--seed", "7"]
            arguments[-1] = {"Get": "Parameters.rows"}

        (one,) = changed(edit).changed
        prefix = "Arguments.AppSpecification.ContainerArguments"
        assert one.changes == (
            Change(f"{prefix}[--rows]", "5", {"Get": "Parameters.rows"}),
            Change(f"{prefix}[--seed]", None, "7"),
        )

    def test_steps_are_added_and_removed(self) -> None:
        found = changed(lambda new: new["Steps"].__setitem__(1, step("score", By="other")))

        assert found.added == (("score", "Processing"),)
        assert found.removed == (("train", "Processing"),)

    def test_a_step_moved_into_a_branch_is_changed(self) -> None:
        def edit(new: Any) -> None:
            train = new["Steps"].pop()
            gate = {"Name": "gate", "Type": "Condition", "Arguments": {"IfSteps": [train]}}
            new["Steps"].append(gate)

        (one,) = changed(edit).changed
        assert one.changes == (Change("stands in", "the pipeline itself", "gate IfSteps"),)


class TestRenames:
    def rename(self, new: Any) -> None:
        new["Steps"][0]["Name"] = "clean"
        new["Steps"][1]["Arguments"]["From"] = {"Get": "Steps.clean.X"}

    def test_a_step_that_says_the_same_is_renamed_and_those_after_it_unchanged(self) -> None:
        found = changed(self.rename)

        assert [(one.was, one.name, one.changes) for one in found.changed] == [
            ("prepare", "clean", ())
        ]
        assert not (found.added or found.removed or found.new_edges or found.old_edges)

    def test_a_chain_of_renames_is_followed(self) -> None:
        def edit(new: Any) -> None:
            self.rename(new)
            new["Steps"][1]["Name"] = "fit"
            new["Steps"][1]["Arguments"]["To"][1] = "fit"
            new["Steps"].reverse()

        found = changed(edit)

        assert {one.was: one.name for one in found.changed} == {"prepare": "clean", "train": "fit"}
        assert not any(one.changes for one in found.changed)

    def test_a_step_that_says_something_else_is_another(self) -> None:
        def edit(new: Any) -> None:
            self.rename(new)
            new["Steps"][0]["Arguments"]["Cluster"]["InstanceCount"] = 2

        assert changed(edit).added == (("clean", "Processing"),)

    def test_what_is_named_in_depends_on_and_cleanup_is_followed(self) -> None:
        def with_name(name: str) -> dict[str, Any]:
            clean = {
                "Name": "clean",
                "Type": "Cleanup",
                "DependsOn": [name, {"Step": name, "Trigger": "Any"}],
                "Arguments": {"Resources": {"S3": [{"StepName": name}]}},
            }
            return {"Steps": [step(name, A=1), clean]}

        found = compare(with_name("old"), with_name("new"))

        assert [(one.was, one.name) for one in found.changed] == [("old", "new")]


class TestTheRest:
    def test_parameters_are_added_removed_and_changed(self) -> None:
        def edit(new: Any) -> None:
            new["Parameters"] = [
                {"Name": "rows", "Type": "Integer", "DefaultValue": 6},
                {"Name": "share", "Type": "Float"},
            ]

        found = changed(edit)

        assert plain(found).splitlines() == [
            "Parameters",
            '  ~ rows: Type "Integer", DefaultValue 5 → Type "Integer", DefaultValue 6',
            '  - mode: Type "String"',
            '  + share: Type "Float"',
        ]

    def test_order_is_compared(self) -> None:
        def edit(new: Any) -> None:
            new["Steps"][1]["DependsOn"] = [{"Step": "prepare", "Trigger": "Failed"}]

        found = changed(edit)

        assert found.new_edges == (Edge("prepare", "train", Wait.FAILED),)
        assert plain(found) == "Order\n  + train runs on Failed of prepare\n"

    def test_settings_are_compared(self) -> None:
        found = changed(lambda new: new.update(Version="2030-01-01"))

        assert found.settings == (Change("Version", None, "2030-01-01"),)


class TestMarkdown:
    def test_it_is_a_summary_and_tables(self) -> None:
        def edit(new: Any) -> None:
            new["Steps"][0]["Arguments"]["Cluster"]["InstanceCount"] = 2
            new["Parameters"][0]["DefaultValue"] = "a|b"
            new["Steps"].append(step("tell"))

        assert markdown(changed(edit), "old.json", "new.json").splitlines() == [
            "### Pipeline: `old.json` → `new.json`",
            "",
            "1 parameter changed, 1 step added, 1 step changed, 1 change of **resources**.",
            "",
            "| Parameter | Was | Is |",
            "|---|---|---|",
            '| `rows` | `Type "Integer", DefaultValue 5` '
            '| `Type "Integer", DefaultValue "a\\|b"` |',
            "",
            "| Step | Type | |",
            "|---|---|---|",
            "| `tell` | Processing | added |",
            "",
            "**`prepare`** (Processing)",
            "",
            "| Path | Was | Is | |",
            "|---|---|---|---|",
            "| `Cluster.InstanceCount` | `1` | `2` | **resources** |",
        ]

    def test_no_difference_is_said(self) -> None:
        assert "No difference." in markdown(compare(definition(), definition()))


def test_what_is_no_definition_has_nothing_to_compare() -> None:
    odd = {"Steps": [3, {"Name": 4, "Arguments": []}], "Parameters": [None, {"Name": []}]}

    assert not compare(odd, odd)
    assert compare(odd, definition())
