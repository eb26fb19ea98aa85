"""Mistakes planted one at a time in definitions that are right: each is found, where it stands."""

import copy
import json
import re
from pathlib import Path

import pytest

from sagepipe.compiler.check import check

DEFINITIONS = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in (Path(__file__).parent / "sdk_v3").glob("*.json")
}
PREPARE = "$.Steps[0].Arguments"
TRAIN = "$.Steps[1].Arguments"
EVALUATE = "$.Steps[2].Arguments"
GATE = "$.Steps[3].Arguments"
REGISTER = f"{GATE}.IfSteps[0].Arguments"
INPUT = f"{PREPARE}.ProcessingInputs[0].S3Input"
CLUSTER = f"{EVALUATE}.ProcessingResources.ClusterConfig"
CHANNEL = f"{TRAIN}.InputDataConfig[0]"
SOURCE = f"{CHANNEL}.DataSource.S3DataSource.S3Uri"
JOBS = "$.Steps[1].Arguments.HyperParameterTuningJobConfig"
CANDIDATE = "$.Steps[1].Arguments.TrainingJobDefinition"
MODEL = "$.Steps[2].Arguments"
SCORE = "$.Steps[3].Arguments"
LOOP = "$.Steps[4].Arguments"
BODY = f"{LOOP}.ForEachBody"
BEST = "$.Steps[5].Arguments"
SWEEP = "$.Steps[6].Arguments.Resources.S3[0]"

DROP = object()


def keys(path):
    """Split a JSON path."""
    return [
        int(index) if index else name or quoted
        for name, index, quoted in re.findall(r"\.([\w:]+)|\[(\d+)\]|\['([^']+)'\]", path)
    ]


def at(value, path):
    for key in keys(path):
        value = value[key]
    return value


def changed(definition, changes):
    """Copy a definition and change it: a value, ``DROP``, or a function of what is there."""
    found = copy.deepcopy(definition)
    for path, value in changes.items():
        *parents, last = keys(path)
        parent = found
        for key in parents:
            parent = parent[key]
        if value is DROP:
            del parent[last]
        elif isinstance(parent, list) and last == len(parent):
            parent.append(value)
        else:
            parent[last] = value(parent[last]) if callable(value) else value
    return found


def get(path):
    return {"Get": path}


def join(*values, on="/"):
    return {"Std:Join": {"On": on, "Values": list(values)}}


def again(count, name, key):
    """Repeat a list's first entry under names of its own."""

    def repeat(entries):
        made = []
        for index in range(count):
            entry = copy.deepcopy(entries[0]) | {key: f"{name}{index}"}
            for inner in entry.values():
                if isinstance(inner, dict) and "LocalPath" in inner:
                    inner["LocalPath"] += str(index)
            made.append(entry)
        return entries + made

    return repeat


def step(name="More", **fields):
    return {"Name": name, "Type": "Lambda", "FunctionArn": "arn", "Arguments": {}} | fields


def in_loop(**fields):
    return step("Inner", **fields)


# What, in which definition, the change, where it is to be found, words of the problem.
REQUEST = [
    (
        "a missing required key",
        "registration",
        {f"{PREPARE}.RoleArn": DROP},
        f"{PREPARE}.RoleArn",
        "missing",
    ),
    (
        "a missing key deep inside",
        "registration",
        {f"{INPUT}.S3DataType": DROP},
        f"{INPUT}.S3DataType",
        "missing",
    ),
    (
        "a key with a typing error",
        "registration",
        {f"{PREPARE}.Enviroment": {}},
        f"{PREPARE}.Enviroment",
        "no 'Enviroment'",
    ),
    (
        "a key of the wrong case",
        "registration",
        {f"{INPUT}.s3Uri": "s3://b/k"},
        f"{INPUT}.s3Uri",
        "no 's3Uri'",
    ),
    (
        "text for a number",
        "registration",
        {f"{CLUSTER}.InstanceCount": "1"},
        f"{CLUSTER}.InstanceCount",
        "no integer",
    ),
    (
        "a number for text",
        "registration",
        {f"{EVALUATE}.Environment.EXPERIMENT": 1},
        f"{EVALUATE}.Environment.EXPERIMENT",
        "no string",
    ),
    (
        "text for a Boolean",
        "registration",
        {f"{TRAIN}.EnableNetworkIsolation": "true"},
        f"{TRAIN}.EnableNetworkIsolation",
        "no boolean",
    ),
    (
        "a Boolean for a number",
        "registration",
        {f"{CLUSTER}.InstanceCount": True},
        f"{CLUSTER}.InstanceCount",
        "no integer",
    ),
    (
        "text for a list",
        "registration",
        {f"{EVALUATE}.AppSpecification.ContainerArguments": "--x"},
        f"{EVALUATE}.AppSpecification.ContainerArguments",
        "no list",
    ),
    (
        "a null in a list",
        "registration",
        {f"{PREPARE}.AppSpecification.ContainerArguments[0]": None},
        f"{PREPARE}.AppSpecification.ContainerArguments[0]",
        "no string",
    ),
    (
        "a value that is no choice",
        "registration",
        {f"{INPUT}.S3InputMode": "Files"},
        f"{INPUT}.S3InputMode",
        "no choice",
    ),
    (
        "an instance type with a typing error",
        "registration",
        {f"{CLUSTER}.InstanceType": "ml.m5.xlagre"},
        f"{CLUSTER}.InstanceType",
        "no choice",
    ),
    (
        "text that does not match the pattern",
        "registration",
        {f"{TRAIN}.RoleArn": "arn:aws:iam::1234:role/pipelines"},
        f"{TRAIN}.RoleArn",
        "does not match",
    ),
    (
        "a line break where the pattern has none",
        "registration",
        {f"{TRAIN}.HyperParameters.rate": "0\n1"},
        f"{TRAIN}.HyperParameters.rate",
        "does not match",
    ),
    (
        "a file path for an S3 URI",
        "registration",
        {f"{INPUT}.S3Uri": "/data/raw"},
        f"{INPUT}.S3Uri",
        "does not match",
    ),
    (
        "text that is too long",
        "registration",
        {f"{TRAIN}.HyperParameters.rate": "1" * 2501},
        f"{TRAIN}.HyperParameters.rate",
        "2501 characters",
    ),
    (
        "text that is too short",
        "registration",
        {f"{TRAIN}.AlgorithmSpecification.MetricDefinitions[0].Regex": ""},
        f"{TRAIN}.AlgorithmSpecification.MetricDefinitions[0].Regex",
        "0 characters",
    ),
    (
        "a number that is too large",
        "registration",
        {f"{EVALUATE}.StoppingCondition.MaxRuntimeInSeconds": 777_601},
        f"{EVALUATE}.StoppingCondition.MaxRuntimeInSeconds",
        "out of range",
    ),
    (
        "a number that is too small",
        "registration",
        {f"{CLUSTER}.InstanceCount": 0},
        f"{CLUSTER}.InstanceCount",
        "out of range",
    ),
    (
        "too many entries of a map",
        "registration",
        {f"{EVALUATE}.Environment": {f"N{i}": "" for i in range(101)}},
        f"{EVALUATE}.Environment",
        "101 entries",
    ),
    (
        "a map's key that does not match",
        "registration",
        {f"{EVALUATE}.Environment['A-B']": "1"},
        f"{EVALUATE}.Environment['A-B']",
        "key 'A-B'",
    ),
    (
        "an empty list",
        "registration",
        {f"{REGISTER}.InferenceSpecification.Containers": []},
        f"{REGISTER}.InferenceSpecification.Containers",
        "0 entries",
    ),
    (
        "eleven inputs",
        "registration",
        {f"{PREPARE}.ProcessingInputs": again(10, "in", "InputName")},
        f"{PREPARE}.ProcessingInputs",
        "11 entries",
    ),
    (
        "twelve outputs",
        "registration",
        {f"{PREPARE}.ProcessingOutputConfig.Outputs": again(10, "out", "OutputName")},
        f"{PREPARE}.ProcessingOutputConfig.Outputs",
        "12 entries",
    ),
    (
        "twenty-one channels",
        "registration",
        {f"{TRAIN}.InputDataConfig": again(20, "c", "ChannelName")},
        f"{TRAIN}.InputDataConfig",
        "21 entries",
    ),
    (
        "a hyperparameter that is a number",
        "registration",
        {f"{TRAIN}.HyperParameters.rate": 0.1},
        f"{TRAIN}.HyperParameters.rate",
        "no string",
    ),
    (
        "a hyperparameter that is an Integer reference",
        "registration",
        {f"{TRAIN}.HyperParameters.depth": get("Parameters.InstanceCount")},
        f"{TRAIN}.HyperParameters.depth",
        "is Integer",
    ),
    (
        "a String reference as instance count",
        "registration",
        {f"{CLUSTER}.InstanceCount": get("Parameters.DataUri")},
        f"{CLUSTER}.InstanceCount",
        "is String",
    ),
    (
        "a Float reference as instance count",
        "registration",
        {f"{CLUSTER}.InstanceCount": get("Parameters.LeastAuc")},
        f"{CLUSTER}.InstanceCount",
        "is Float",
    ),
    (
        "joined text as instance count",
        "registration",
        {f"{CLUSTER}.InstanceCount": join("1", on="")},
        f"{CLUSTER}.InstanceCount",
        "a Std:Join is String",
    ),
    (
        "a reference where a list belongs",
        "registration",
        {f"{EVALUATE}.AppSpecification.ContainerArguments": get("Parameters.DataUri")},
        f"{EVALUATE}.AppSpecification.ContainerArguments",
        "the place takes list",
    ),
    (
        "a structure where text belongs",
        "registration",
        {f"{EVALUATE}.ProcessingInputs[0].S3Input.S3Uri": get("Steps.Train.ModelArtifacts")},
        f"{EVALUATE}.ProcessingInputs[0].S3Input.S3Uri",
        "is structure",
    ),
    (
        "a parameter's default that is no choice there",
        "registration",
        {"$.Parameters[5].DefaultValue": "Pending"},
        f"{REGISTER}.ModelApprovalStatus",
        "parameter 'Approval'",
    ),
    (
        "a parameter's choice that is no choice there",
        "registration",
        {"$.Parameters[2].EnumValues[1]": "ml.c5"},
        f"{PREPARE}.ProcessingResources.ClusterConfig.InstanceType",
        "'ml.c5'",
    ),
    (
        "a parameter's default out of range there",
        "registration",
        {"$.Parameters[1].DefaultValue": 0},
        f"{PREPARE}.ProcessingResources.ClusterConfig.InstanceCount",
        "0 is out of range",
    ),
    (
        "joined text that begins wrong",
        "registration",
        {
            f"{PREPARE}.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri['Std:Join'].Values[0]": "s3:"
        },
        f"{PREPARE}.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri",
        "begins with 's3:/team",
    ),
    (
        "joined text that is too long",
        "registration",
        {f"{EVALUATE}.Environment.EXPERIMENT": join("x" * 300, get("Execution.PipelineName"))},
        f"{EVALUATE}.Environment.EXPERIMENT",
        "301 characters",
    ),
    (
        "a metadata value that is too long",
        "registration",
        {f"{REGISTER}.CustomerMetadataProperties.run": "x" * 257},
        f"{REGISTER}.CustomerMetadataProperties.run",
        "257 characters",
    ),
    (
        "a tag with a character that tags don't take",
        "registration",
        {f"{TRAIN}.Tags": [{"Key": "a?", "Value": "b"}]},
        f"{TRAIN}.Tags[0].Key",
        "does not match",
    ),
    ("an empty request", "registration", {f"{TRAIN}": {}}, TRAIN, "it is empty"),
    (
        "a tuning strategy that isn't there",
        "search",
        {f"{JOBS}.Strategy": "Bayes"},
        f"{JOBS}.Strategy",
        "no choice",
    ),
    (
        "a mistake inside a tuning job's training job",
        "search",
        {f"{CANDIDATE}.StoppingCondition": DROP},
        f"{CANDIDATE}.StoppingCondition",
        "missing",
    ),
    (
        "a transform without its input",
        "search",
        {f"{SCORE}.TransformInput": DROP},
        f"{SCORE}.TransformInput",
        "missing",
    ),
    (
        "a mistake inside a ForEach body",
        "guests",
        {f"{BODY}[0].Arguments.RoleArn": DROP},
        f"{BODY}[0].Arguments.RoleArn",
        "missing",
    ),
    (
        "an EMR step without its jar",
        "guests",
        {"$.Steps[2].Arguments.StepConfig.HadoopJarStep.Jar": DROP},
        "$.Steps[2].Arguments.StepConfig.HadoopJarStep.Jar",
        "missing",
    ),
    (
        "an EMR Serverless job with an unknown key",
        "guests",
        {"$.Steps[3].Arguments.JobConfig.jobdriver": {}},
        "$.Steps[3].Arguments.JobConfig.jobdriver",
        "no 'jobdriver'",
    ),
]

RULES = [
    (
        "a training job on no instance",
        "registration",
        {f"{TRAIN}.ResourceConfig.InstanceCount": 0},
        f"{TRAIN}.ResourceConfig.InstanceCount",
        "is 0",
    ),
    (
        "a training job without machines",
        "registration",
        {f"{TRAIN}.ResourceConfig": DROP},
        f"{TRAIN}.ResourceConfig",
        "missing",
    ),
    (
        "a training job without an image",
        "registration",
        {f"{TRAIN}.AlgorithmSpecification.TrainingImage": DROP},
        f"{TRAIN}.AlgorithmSpecification",
        "neither TrainingImage nor",
    ),
    (
        "an image beside an algorithm",
        "registration",
        {f"{TRAIN}.AlgorithmSpecification.AlgorithmName": "own"},
        f"{TRAIN}.AlgorithmSpecification",
        "beside each other",
    ),
    (
        "two channels of one name",
        "registration",
        {f"{TRAIN}.InputDataConfig": lambda c: c + c},
        f"{TRAIN}.InputDataConfig[1].ChannelName",
        "twice",
    ),
    (
        "a channel without data",
        "registration",
        {f"{CHANNEL}.DataSource": {}},
        f"{CHANNEL}.DataSource",
        "names no data",
    ),
    (
        "spot training that doesn't wait",
        "registration",
        {f"{TRAIN}.EnableManagedSpotTraining": True},
        f"{TRAIN}.StoppingCondition.MaxWaitTimeInSeconds",
        "missing",
    ),
    (
        "spot training that waits less than it runs",
        "registration",
        {
            f"{TRAIN}.EnableManagedSpotTraining": True,
            f"{TRAIN}.StoppingCondition.MaxWaitTimeInSeconds": 60,
        },
        f"{TRAIN}.StoppingCondition.MaxWaitTimeInSeconds",
        "less than MaxRuntime",
    ),
    (
        "a wait without spot training",
        "registration",
        {f"{TRAIN}.StoppingCondition.MaxWaitTimeInSeconds": 7200},
        f"{TRAIN}.StoppingCondition.MaxWaitTimeInSeconds",
        "only spot",
    ),
    (
        "a training job of 29 days",
        "registration",
        {f"{TRAIN}.StoppingCondition.MaxRuntimeInSeconds": 29 * 86_400},
        f"{TRAIN}.StoppingCondition.MaxRuntimeInSeconds",
        "out of range",
    ),
    (
        "relative checkpoints",
        "registration",
        {f"{TRAIN}.CheckpointConfig": {"S3Uri": "s3://b/k", "LocalPath": "checkpoints"}},
        f"{TRAIN}.CheckpointConfig.LocalPath",
        "not absolute",
    ),
    (
        "a relative LocalPath",
        "registration",
        {f"{INPUT}.LocalPath": "input/raw"},
        f"{INPUT}.LocalPath",
        "not absolute",
    ),
    (
        "a LocalPath outside /opt/ml/processing",
        "registration",
        {f"{INPUT}.LocalPath": "/opt/ml/input/raw"},
        f"{INPUT}.LocalPath",
        "lies elsewhere",
    ),
    (
        "a LocalPath that climbs out",
        "registration",
        {f"{INPUT}.LocalPath": "/opt/ml/processing/../x"},
        f"{INPUT}.LocalPath",
        "lies elsewhere",
    ),
    (
        "one LocalPath for two",
        "registration",
        {f"{EVALUATE}.ProcessingInputs[1].S3Input.LocalPath": "/opt/ml/processing/input/model"},
        f"{EVALUATE}.ProcessingInputs[1].S3Input.LocalPath",
        "too",
    ),
    (
        "two inputs of one name",
        "registration",
        {f"{EVALUATE}.ProcessingInputs[1].InputName": "model"},
        f"{EVALUATE}.ProcessingInputs[1].InputName",
        "twice",
    ),
    (
        "an input from nowhere",
        "registration",
        {f"{PREPARE}.ProcessingInputs[0].S3Input": DROP},
        f"{PREPARE}.ProcessingInputs[0]",
        "neither S3Input nor",
    ),
    (
        "a processing job on no type of machine",
        "registration",
        {f"{CLUSTER}.InstanceType": DROP},
        f"{CLUSTER}.InstanceType",
        "missing",
    ),
    (
        "a stringified parameter",
        "registration",
        {
            f"{EVALUATE}.Environment.EXPERIMENT": "ParameterString(name='DataUri', default_value='x')"
        },
        f"{EVALUATE}.Environment.EXPERIMENT",
        "Python object's text",
    ),
    (
        "a stringified reference in a URI",
        "registration",
        {f"{EVALUATE}.ProcessingInputs[0].S3Input.S3Uri": "s3://b/{'Get': 'Parameters.DataUri'}/x"},
        f"{EVALUATE}.ProcessingInputs[0].S3Input.S3Uri",
        "Python object's text",
    ),
    (
        "a stringified object",
        "guests",
        {"$.Steps[0].Arguments.items": "<sagemaker.core.workflow.Join object at 0x7f>"},
        "$.Steps[0].Arguments.items",
        "Python object's text",
    ),
    (
        "tags of a version in a group",
        "registration",
        {f"{REGISTER}.Tags": [{"Key": "a", "Value": "b"}]},
        f"{REGISTER}.Tags",
        "group's tags",
    ),
    (
        "a name beside a group",
        "registration",
        {f"{REGISTER}.ModelPackageName": "flights-1"},
        f"{REGISTER}.ModelPackageName",
        "no name of its own",
    ),
    (
        "a version that nothing serves",
        "registration",
        {f"{REGISTER}.InferenceSpecification": DROP},
        f"{REGISTER}.InferenceSpecification",
        "missing",
    ),
    (
        "PrimaryContainer beside Containers",
        "search",
        {f"{MODEL}.Containers": [{"Image": "i"}]},
        MODEL,
        "beside each other",
    ),
    (
        "a model without a container",
        "search",
        {f"{MODEL}.PrimaryContainer": DROP},
        MODEL,
        "neither",
    ),
    (
        "a container without an image",
        "search",
        {f"{MODEL}.PrimaryContainer.Image": DROP},
        f"{MODEL}.PrimaryContainer.Image",
        "no Image",
    ),
    (
        "too much at once to transform",
        "search",
        {f"{SCORE}.MaxPayloadInMB": 60},
        f"{SCORE}.MaxPayloadInMB",
        "more than 100 MB",
    ),
    (
        "a tuning job of nothing",
        "search",
        {CANDIDATE: DROP},
        "$.Steps[1].Arguments",
        "neither TrainingJobDefinition",
    ),
    (
        "more jobs at once than in all",
        "search",
        {f"{JOBS}.ResourceLimits.MaxParallelTrainingJobs": 9},
        f"{JOBS}.ResourceLimits.MaxParallelTrainingJobs",
        "more than 8",
    ),
    (
        "an objective that nothing measures",
        "search",
        {f"{JOBS}.HyperParameterTuningJobObjective.MetricName": "f1"},
        f"{JOBS}.HyperParameterTuningJobObjective.MetricName",
        "no metric 'f1'",
    ),
    (
        "a hyperparameter fixed and searched",
        "search",
        {f"{CANDIDATE}.StaticHyperParameters.rate": "1"},
        f"{CANDIDATE}.StaticHyperParameters.rate",
        "searched too",
    ),
    (
        "a hyperparameter searched twice",
        "search",
        {f"{JOBS}.ParameterRanges.IntegerParameterRanges[0].Name": "rate"},
        f"{JOBS}.ParameterRanges",
        "twice",
    ),
    (
        "a range that ends before it begins",
        "search",
        {f"{JOBS}.ParameterRanges.IntegerParameterRanges[0].MaxValue": "2"},
        f"{JOBS}.ParameterRanges.IntegerParameterRanges[0].MaxValue",
        "less than MinValue",
    ),
    ("a grid of numbers", "search", {f"{JOBS}.Strategy": "Grid"}, f"{JOBS}.Strategy", "Grid"),
    (
        "an EMR step on two clusters",
        "guests",
        {"$.Steps[2].Arguments.ClusterConfig": {"Instances": {}}},
        "$.Steps[2].Arguments",
        "both a cluster",
    ),
    (
        "an EMR Serverless job of no application",
        "guests",
        {"$.Steps[3].Arguments.ApplicationId": DROP},
        "$.Steps[3].Arguments",
        "no one application",
    ),
]

REFERENCES = [
    (
        "a parameter that isn't there",
        "registration",
        {f"{INPUT}.S3Uri": get("Parameters.Data")},
        f"{INPUT}.S3Uri",
        "no parameter 'Data'",
    ),
    (
        "a step that isn't there",
        "registration",
        {SOURCE: get("Steps.Prepared.ProcessingJobArn")},
        SOURCE,
        "no step 'Prepared'",
    ),
    (
        "an execution variable that isn't there",
        "registration",
        {f"{EVALUATE}.Environment.EXPERIMENT": get("Execution.PipelineId")},
        f"{EVALUATE}.Environment.EXPERIMENT",
        "no execution variable",
    ),
    (
        "an experiment property that isn't there",
        "registration",
        {f"{EVALUATE}.Environment.EXPERIMENT": get("PipelineExperimentConfig.Name")},
        f"{EVALUATE}.Environment.EXPERIMENT",
        "no experiment property",
    ),
    (
        "a property that isn't there",
        "registration",
        {SOURCE: get("Steps.Prepare.ModelArtifacts.S3ModelArtifacts")},
        SOURCE,
        "no property 'ModelArtifacts'",
    ),
    (
        "a property deep inside that isn't there",
        "registration",
        {SOURCE: get("Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.Uri")},
        SOURCE,
        "S3Output.Uri",
    ),
    (
        "an output that isn't there",
        "registration",
        {SOURCE: get("Steps.Prepare.ProcessingOutputConfig.Outputs['valid'].S3Output.S3Uri")},
        SOURCE,
        "no 'valid'",
    ),
    (
        "an output by an index that isn't there",
        "registration",
        {SOURCE: get("Steps.Prepare.ProcessingOutputConfig.Outputs[2].S3Output.S3Uri")},
        SOURCE,
        "2 entries",
    ),
    (
        "a list's member without an index",
        "registration",
        {SOURCE: get("Steps.Prepare.ProcessingOutputConfig.Outputs.S3Output.S3Uri")},
        SOURCE,
        "is a list",
    ),
    (
        "a member of a scalar",
        "registration",
        {SOURCE: get("Steps.Prepare.ProcessingJobArn.Name")},
        SOURCE,
        "has no member",
    ),
    (
        "a metric that isn't defined",
        "registration",
        {
            f"{GATE}.Conditions[1].Conditions[1].Condition.RightValue": get(
                "Steps.Train.FinalMetricDataList['f1'].Value"
            )
        },
        f"{GATE}.Conditions[1].Conditions[1].Condition.RightValue",
        "no 'f1'",
    ),
    (
        "a hyperparameter that isn't given",
        "registration",
        {f"{EVALUATE}.Environment.EXPERIMENT": get("Steps.Train.HyperParameters['eta']")},
        f"{EVALUATE}.Environment.EXPERIMENT",
        "no 'eta'",
    ),
    ("a whole step", "registration", {SOURCE: get("Steps.Prepare")}, SOURCE, "no property"),
    (
        "what is no path",
        "registration",
        {SOURCE: get("Steps.Prepare.Outputs[train]")},
        SOURCE,
        "is no path",
    ),
    (
        "what is no namespace",
        "registration",
        {SOURCE: get("Step.Prepare.ProcessingJobArn")},
        SOURCE,
        "refers to nothing",
    ),
    (
        "a property file that isn't declared",
        "registration",
        {
            f"{GATE}.Conditions[0].LeftValue['Std:JsonGet'].PropertyFile": get(
                "Steps.Evaluate.PropertyFiles.metrics"
            )
        },
        f"{GATE}.Conditions[0].LeftValue['Std:JsonGet'].PropertyFile",
        "no property file 'metrics'",
    ),
    (
        "a property file as a value",
        "registration",
        {f"{GATE}.Conditions[0].LeftValue": get("Steps.Evaluate.PropertyFiles.report")},
        f"{GATE}.Conditions[0].LeftValue",
        "is a file, no value",
    ),
    (
        "a property file of an output that isn't there",
        "registration",
        {"$.Steps[2].PropertyFiles[0].OutputName": "report"},
        "$.Steps[2].PropertyFiles[0].OutputName",
        "no output 'report'",
    ),
    (
        "an absolute property file",
        "registration",
        {"$.Steps[2].PropertyFiles[0].FilePath": "/metrics.json"},
        "$.Steps[2].PropertyFiles[0].FilePath",
        "absolute",
    ),
    (
        "two property files of one name",
        "registration",
        {"$.Steps[2].PropertyFiles": lambda f: f + f},
        "$.Steps[2].PropertyFiles[1].PropertyFileName",
        "twice",
    ),
    (
        "property files of a training step",
        "registration",
        {"$.Steps[1].PropertyFiles": [{}]},
        "$.Steps[1].PropertyFiles",
        "no property files",
    ),
    (
        "a JsonGet of two files",
        "registration",
        {f"{GATE}.Conditions[0].LeftValue['Std:JsonGet'].S3Uri": "s3://b/k"},
        f"{GATE}.Conditions[0].LeftValue['Std:JsonGet']",
        "both",
    ),
    (
        "a JsonGet without a path",
        "registration",
        {f"{GATE}.Conditions[0].LeftValue['Std:JsonGet'].Path": ""},
        f"{GATE}.Conditions[0].LeftValue['Std:JsonGet'].Path",
        "Path is ''",
    ),
    (
        "a Join without values",
        "registration",
        {f"{EVALUATE}.Environment.EXPERIMENT": {"Std:Join": {"On": "/"}}},
        f"{EVALUATE}.Environment.EXPERIMENT['Std:Join']",
        "no list of Values",
    ),
    (
        "a Join of a list",
        "registration",
        {f"{EVALUATE}.Environment.EXPERIMENT": join(["a"])},
        f"{EVALUATE}.Environment.EXPERIMENT['Std:Join'].Values[0]",
        "can't be joined",
    ),
    (
        "a function that isn't there",
        "registration",
        {f"{EVALUATE}.Environment.EXPERIMENT": {"Std:Concat": ["a"]}},
        f"{EVALUATE}.Environment.EXPERIMENT",
        "is no function",
    ),
    (
        "a Get of nothing",
        "registration",
        {f"{EVALUATE}.Environment.EXPERIMENT": get("")},
        f"{EVALUATE}.Environment.EXPERIMENT",
        "Get has ''",
    ),
    (
        "a Lambda output that isn't declared",
        "guests",
        {"$.Steps[1].Arguments.rows": get("Steps.Ask.OutputParameters['lines']")},
        "$.Steps[1].Arguments.rows",
        "no output 'lines'",
    ),
    (
        "a Lambda step's property",
        "guests",
        {"$.Steps[1].Arguments.rows": get("Steps.Ask.FunctionArn")},
        "$.Steps[1].Arguments.rows",
        "no output of step",
    ),
    (
        "a step of a branch, from outside",
        "registration",
        {"$.Steps[4]": step(Arguments={"a": get("Steps.Register.ModelPackageArn")})},
        "$.Steps[4].Arguments.a",
        "may never run",
    ),
    (
        "a step of the other branch",
        "registration",
        {f"{GATE}.ElseSteps[0].Arguments.ErrorMessage": get("Steps.Register.ModelPackageArn")},
        f"{GATE}.ElseSteps[0].Arguments.ErrorMessage",
        "may never run",
    ),
    (
        "waiting for a step of a branch",
        "registration",
        {"$.Steps[4]": step(DependsOn=["Register"])},
        "$.Steps[4].DependsOn[0]",
        "may never run",
    ),
    (
        "a property of a Cleanup step",
        "guests",
        {"$.Steps[7].Arguments.Environment.EXPERIMENT": get("Steps.Sweep.Status")},
        "$.Steps[7].Arguments.Environment.EXPERIMENT",
        "has no properties",
    ),
    (
        "a Condition's property that isn't there",
        "registration",
        {"$.Steps[4]": step(Arguments={"a": get("Steps.Gate.Result")})},
        "$.Steps[4].Arguments.a",
        "no property 'Result'",
    ),
    (
        "an experiment named by nothing",
        "registration",
        {"$.PipelineExperimentConfig.TrialName": get("Parameters.Trial")},
        "$.PipelineExperimentConfig.TrialName",
        "no parameter",
    ),
]

ENVELOPE = [
    ("another version", "registration", {"$.Version": "2021-01-01"}, "$.Version", "2021"),
    ("an unknown key of the definition", "registration", {"$.Step": []}, "$.Step", "no 'Step'"),
    ("no steps", "search", {"$.Steps": []}, "$.Steps", "Steps is []"),
    ("a step that is text", "search", {"$.Steps[4]": "Prepare"}, "$.Steps[4]", "it is 'Prepare'"),
    ("more than 1 MiB", "guests", {"$.Steps[0].Arguments.items": "x" * 1_048_576}, "$", "bytes"),
    (
        "a step's name with a space",
        "search",
        {"$.Steps[3].Name": "Score it"},
        "$.Steps[3].Name",
        "no step's name",
    ),
    (
        "a step's name of 65 characters",
        "search",
        {"$.Steps[3].Name": "S" * 65},
        "$.Steps[3].Name",
        "no step's name",
    ),
    (
        "a step without a name",
        "search",
        {"$.Steps[3].Name": DROP},
        "$.Steps[3].Name",
        "no step's name",
    ),
    (
        "one name in two places",
        "registration",
        {f"{GATE}.ElseSteps[0].Name": "Train"},
        f"{GATE}.ElseSteps[0].Name",
        "'Train' is the name of",
    ),
    (
        "a type of step that isn't there",
        "search",
        {"$.Steps[3].Type": "BatchTransform"},
        "$.Steps[3].Type",
        "no type of step",
    ),
    (
        "an unknown key of a step",
        "registration",
        {"$.Steps[1].DependOn": ["Prepare"]},
        "$.Steps[1].DependOn",
        "no 'DependOn'",
    ),
    (
        "a step without Arguments",
        "registration",
        {"$.Steps[1].Arguments": DROP},
        "$.Steps[1].Arguments",
        "Arguments is None",
    ),
    (
        "a Lambda step without a function",
        "guests",
        {"$.Steps[0].FunctionArn": DROP},
        "$.Steps[0].FunctionArn",
        "missing",
    ),
    (
        "a Callback step without a queue",
        "guests",
        {"$.Steps[1].SqsQueueUrl": DROP},
        "$.Steps[1].SqsQueueUrl",
        "missing",
    ),
    (
        "an output of no type",
        "guests",
        {"$.Steps[0].OutputParameters[0].OutputType": "Number"},
        "$.Steps[0].OutputParameters[0].OutputType",
        "no type",
    ),
    (
        "two outputs of one name",
        "guests",
        {"$.Steps[0].OutputParameters": lambda o: o + o},
        "$.Steps[0].OutputParameters[1].OutputName",
        "twice",
    ),
    (
        "waiting for a step that isn't there",
        "registration",
        {"$.Steps[1].DependsOn": ["Preparation"]},
        "$.Steps[1].DependsOn[0]",
        "no step 'Preparation'",
    ),
    (
        "waiting for a Fail step",
        "registration",
        {
            "$.Steps[4]": step("Stop", Type="Fail", FunctionArn=None),
            "$.Steps[5]": step(DependsOn=["Stop"]),
        },
        "$.Steps[5].DependsOn[0]",
        "is a Fail step",
    ),
    (
        "dependencies that are text",
        "registration",
        {"$.Steps[1].DependsOn": "Prepare"},
        "$.Steps[1].DependsOn",
        "it is 'Prepare'",
    ),
    (
        "a trigger that isn't there",
        "guests",
        {"$.Steps[7].DependsOn[0].Trigger": "Failure"},
        "$.Steps[7].DependsOn[0].Trigger",
        "no trigger",
    ),
    (
        "a run condition with another key",
        "guests",
        {"$.Steps[7].DependsOn[0]": {"StepName": "Loop"}},
        "$.Steps[7].DependsOn[0]",
        "it is {'StepName'",
    ),
    (
        "two triggers of one step",
        "guests",
        {"$.Steps[7].DependsOn[1]": "Loop"},
        "$.Steps[7].DependsOn[1]",
        "two triggers",
    ),
    (
        "a cycle of references",
        "registration",
        {f"{PREPARE}.Environment.EXPERIMENT": get("Steps.Train.TrainingJobArn")},
        SOURCE,
        "Prepare → Train → Prepare",
    ),
    (
        "a step that waits for itself",
        "registration",
        {"$.Steps[1].DependsOn": ["Train"]},
        "$.Steps[1].DependsOn[0]",
        "Train → Train",
    ),
    (
        "a condition that waits for its branch",
        "registration",
        {f"{GATE}.Conditions[1].Conditions[0].LeftValue": get("Steps.Gate.Outcome")},
        f"{GATE}.Conditions[1].Conditions[0].LeftValue",
        "Gate → Gate",
    ),
    (
        "a cached registration",
        "registration",
        {f"{GATE}.IfSteps[0].CacheConfig": {"Enabled": True}},
        f"{GATE}.IfSteps[0].CacheConfig",
        "not cached",
    ),
    (
        "an expiry that is no duration",
        "registration",
        {"$.Steps[0].CacheConfig.ExpireAfter": "30 days"},
        "$.Steps[0].CacheConfig.ExpireAfter",
        "no duration",
    ),
    (
        "an expiry without a unit",
        "registration",
        {"$.Steps[0].CacheConfig.ExpireAfter": "P30"},
        "$.Steps[0].CacheConfig.ExpireAfter",
        "no duration",
    ),
    (
        "caching by text",
        "registration",
        {"$.Steps[0].CacheConfig.Enabled": "true"},
        "$.Steps[0].CacheConfig.Enabled",
        "no Boolean",
    ),
    (
        "twenty-one attempts",
        "registration",
        {"$.Steps[0].RetryPolicies[0].MaxAttempts": 21},
        "$.Steps[0].RetryPolicies[0].MaxAttempts",
        "out of range",
    ),
    (
        "half a day and a second between attempts",
        "registration",
        {"$.Steps[0].RetryPolicies[0].IntervalSeconds": 43_201},
        "$.Steps[0].RetryPolicies[0].IntervalSeconds",
        "out of range",
    ),
    (
        "retries for more than ten days",
        "registration",
        {"$.Steps[0].RetryPolicies[1].ExpireAfterMin": 14_401},
        "$.Steps[0].RetryPolicies[1].ExpireAfterMin",
        "out of range",
    ),
    (
        "attempts and a time",
        "registration",
        {"$.Steps[0].RetryPolicies[0].ExpireAfterMin": 5},
        "$.Steps[0].RetryPolicies[0]",
        "both MaxAttempts and",
    ),
    (
        "a fault that isn't retried",
        "registration",
        {"$.Steps[0].RetryPolicies[0].ExceptionType[0]": "AlgorithmError"},
        "$.Steps[0].RetryPolicies[0].ExceptionType[0]",
        "no fault",
    ),
    (
        "a job's fault of a step that runs none",
        "search",
        {"$.Steps[2].RetryPolicies": [{"ExceptionType": ["SageMaker.CAPACITY_ERROR"]}]},
        "$.Steps[2].RetryPolicies[0].ExceptionType[0]",
        "no fault of a Model step",
    ),
    (
        "a retried condition",
        "registration",
        {"$.Steps[3].RetryPolicies": [{"ExceptionType": ["Step.THROTTLING"]}]},
        "$.Steps[3].RetryPolicies",
        "not retried",
    ),
    (
        "a failure's message that is too long",
        "registration",
        {f"{GATE}.ElseSteps[0].Arguments.ErrorMessage": "x" * 3073},
        f"{GATE}.ElseSteps[0].Arguments.ErrorMessage",
        "3073 characters",
    ),
    (
        "a failure's message that is a number",
        "registration",
        {f"{GATE}.ElseSteps[0].Arguments.ErrorMessage": 7},
        f"{GATE}.ElseSteps[0].Arguments.ErrorMessage",
        "it is 7",
    ),
    (
        "201 parameters",
        "guests",
        {"$.Parameters": lambda p: p + [{"Name": f"p{i}", "Type": "String"} for i in range(200)]},
        "$.Parameters",
        "201 parameters",
    ),
    (
        "a parameter's name with a dot",
        "guests",
        {"$.Parameters[1]": {"Name": "a.b", "Type": "String"}},
        "$.Parameters[1].Name",
        "no parameter's name",
    ),
    (
        "two parameters of one name",
        "guests",
        {"$.Parameters[1]": {"Name": "Items", "Type": "String"}},
        "$.Parameters[1].Name",
        "twice",
    ),
    (
        "a parameter of no type",
        "guests",
        {"$.Parameters[1]": {"Name": "n", "Type": "Number"}},
        "$.Parameters[1].Type",
        "no type",
    ),
    (
        "a default of another type",
        "guests",
        {"$.Parameters[1]": {"Name": "n", "Type": "Integer", "DefaultValue": "3"}},
        "$.Parameters[1].DefaultValue",
        "no Integer",
    ),
    (
        "a default that is no choice",
        "registration",
        {"$.Parameters[2].DefaultValue": "ml.m5.large"},
        "$.Parameters[2].DefaultValue",
        "no choice",
    ),
    (
        "choices of a number",
        "guests",
        {"$.Parameters[1]": {"Name": "n", "Type": "Integer", "EnumValues": [1, 2]}},
        "$.Parameters[1].EnumValues",
        "type Integer has EnumValues",
    ),
    (
        "an unknown key of a parameter",
        "guests",
        {"$.Parameters[0].Default": "x"},
        "$.Parameters[0].Default",
        "no 'Default'",
    ),
]

CONDITIONS = [
    (
        "a condition that isn't there",
        "registration",
        {f"{GATE}.Conditions[0].Type": "NotEquals"},
        f"{GATE}.Conditions[0].Type",
        "no condition",
    ),
    ("no conditions", "registration", {f"{GATE}.Conditions": []}, f"{GATE}.Conditions", "it is []"),
    (
        "an Or of nothing",
        "registration",
        {f"{GATE}.Conditions[1].Conditions": []},
        f"{GATE}.Conditions[1].Conditions",
        "it is []",
    ),
    (
        "a comparison with nothing",
        "registration",
        {f"{GATE}.Conditions[0].RightValue": DROP},
        f"{GATE}.Conditions[0].RightValue",
        "missing",
    ),
    (
        "an In as the published schema has it",
        "registration",
        {
            f"{GATE}.Conditions[1].Conditions[2]": {
                "Type": "In",
                "QueryValue": 1,
                "Values": [1],
                "Value": 1,
            }
        },
        f"{GATE}.Conditions[1].Conditions[2].Value",
        "In has no 'Value'",
    ),
    (
        "a number compared with text",
        "registration",
        {f"{GATE}.Conditions[0].LeftValue": "0.8"},
        f"{GATE}.Conditions[0]",
        "'0.8' is String",
    ),
    (
        "a Boolean compared with text",
        "registration",
        {f"{GATE}.Conditions[1].Conditions[0].RightValue": "false"},
        f"{GATE}.Conditions[1].Conditions[0]",
        "is Boolean",
    ),
    (
        "text among numbers",
        "registration",
        {f"{GATE}.Conditions[1].Conditions[2].Values[0]": 5},
        f"{GATE}.Conditions[1].Conditions[2].Values[0]",
        "is Integer",
    ),
    (
        "a structure compared",
        "registration",
        {f"{GATE}.Conditions[0].LeftValue": get("Steps.Train.ModelArtifacts")},
        f"{GATE}.Conditions[0]",
        "no scalar",
    ),
    (
        "a branch that is an object",
        "registration",
        {f"{GATE}.ElseSteps": {}},
        f"{GATE}.ElseSteps",
        "it is {}",
    ),
    (
        "an unknown key of a condition step",
        "registration",
        {f"{GATE}.Then": []},
        f"{GATE}.Then",
        "no 'Then'",
    ),
    (
        "a condition in a branch",
        "registration",
        {
            f"{GATE}.IfSteps[1]": {
                "Name": "Again",
                "Type": "Condition",
                "Arguments": {
                    "Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}],
                    "IfSteps": [],
                    "ElseSteps": [],
                },
            }
        },
        f"{GATE}.IfSteps[1].Type",
        "branch of another",
    ),
]

LOOPS = [
    (
        "51 rounds at once",
        "guests",
        {f"{LOOP}.MaxConcurrency": 51},
        f"{LOOP}.MaxConcurrency",
        "is 51",
    ),
    (
        "no rounds at once",
        "guests",
        {f"{LOOP}.MaxConcurrency": 0},
        f"{LOOP}.MaxConcurrency",
        "is 0",
    ),
    (
        "rounds at once left out",
        "guests",
        {f"{LOOP}.MaxConcurrency": DROP},
        f"{LOOP}.MaxConcurrency",
        "is None",
    ),
    (
        "101 items",
        "guests",
        {f"{LOOP}.IterableItems": list(range(101))},
        f"{LOOP}.IterableItems",
        "101 items",
    ),
    (
        "no items",
        "guests",
        {f"{LOOP}.IterableItems": [], f"{BEST}.AppSpecification.ContainerArguments": ["x"]},
        f"{LOOP}.IterableItems",
        "0 items",
    ),
    (
        "an item that is an object",
        "guests",
        {f"{LOOP}.IterableItems": [{"a": 1}]},
        f"{LOOP}.IterableItems[0]",
        "no item",
    ),
    (
        "items that are text",
        "guests",
        {f"{LOOP}.IterableItems": "[1]"},
        f"{LOOP}.IterableItems",
        "IterableItems is",
    ),
    (
        "items that are a number",
        "guests",
        {
            "$.Parameters[1]": {"Name": "n", "Type": "Integer"},
            f"{LOOP}.IterableItems": get("Parameters.n"),
        },
        f"{LOOP}.IterableItems",
        "is Integer",
    ),
    (
        "an empty body",
        "guests",
        {BODY: [], f"{LOOP}.Selector": DROP, f"{BEST}.AppSpecification.ContainerArguments": ["x"]},
        BODY,
        "is []",
    ),
    (
        "a Fail step in a body",
        "guests",
        {f"{BODY}[2]": {"Name": "Stop", "Type": "Fail", "Arguments": {}}},
        f"{BODY}[2].Type",
        "a Fail step stands",
    ),
    (
        "a loop in a body",
        "guests",
        {
            f"{BODY}[2]": {
                "Name": "In",
                "Type": "ForEach",
                "Arguments": {
                    "IterableItems": [1],
                    "MaxConcurrency": 1,
                    "ForEachBody": [in_loop()],
                },
            }
        },
        f"{BODY}[2].Type",
        "a ForEach step stands",
    ),
    (
        "a step that is called like a round",
        "guests",
        {"$.Steps[8]": step("PrepareOne-3")},
        "$.Steps[8].Name",
        "round of step 'PrepareOne'",
    ),
    (
        "the current item outside of a loop",
        "guests",
        {"$.Steps[0].Arguments.items": get("ForEach.CurrentItem")},
        "$.Steps[0].Arguments.items",
        "no current item",
    ),
    (
        "the current item as a loop's items",
        "guests",
        {f"{LOOP}.IterableItems": get("ForEach.CurrentItem")},
        f"{LOOP}.IterableItems",
        "no current item",
    ),
    (
        "a round's step from outside",
        "guests",
        {f"{BEST}.Environment.EXPERIMENT": get("Steps.TrainOne.TrainingJobArn")},
        f"{BEST}.Environment.EXPERIMENT",
        "runs once a round",
    ),
    (
        "waiting for a round's step",
        "guests",
        {"$.Steps[5].DependsOn": ["TrainOne"]},
        "$.Steps[5].DependsOn[0]",
        "runs once a round",
    ),
    (
        "a round without its step",
        "guests",
        {f"{BEST}.Environment.EXPERIMENT": get("Steps.Loop.IterationOutputs[0].TrainingJobArn")},
        f"{BEST}.Environment.EXPERIMENT",
        "no output of a round",
    ),
    (
        "rounds without an index",
        "guests",
        {
            f"{BEST}.Environment.EXPERIMENT": get(
                "Steps.Loop.IterationOutputs.TrainOne.TrainingJobArn"
            )
        },
        f"{BEST}.Environment.EXPERIMENT",
        "no output of a round",
    ),
    (
        "a round that isn't there",
        "guests",
        {
            f"{LOOP}.IterableItems": ["a"],
            f"{BEST}.Environment.EXPERIMENT": get(
                "Steps.Loop.IterationOutputs[1].TrainOne.TrainingJobArn"
            ),
        },
        f"{BEST}.Environment.EXPERIMENT",
        "no round 1",
    ),
    (
        "the best of a loop that selects nothing",
        "guests",
        {f"{LOOP}.Selector": DROP},
        f"{BEST}.AppSpecification.ContainerArguments[3]",
        "selects nothing",
    ),
    (
        "a loop's property that isn't there",
        "guests",
        {f"{BEST}.Environment.EXPERIMENT": get("Steps.Loop.State")},
        f"{BEST}.Environment.EXPERIMENT",
        "no property 'State'",
    ),
    (
        "a loop's number as text",
        "guests",
        {f"{BEST}.Environment.EXPERIMENT": get("Steps.Loop.InputItemCount")},
        f"{BEST}.Environment.EXPERIMENT",
        "is Integer",
    ),
    (
        "a pick that isn't there",
        "guests",
        {f"{LOOP}.Selector.Pick": "Max"},
        f"{LOOP}.Selector.Pick",
        "no choice",
    ),
    (
        "a selector of what is the same in every round",
        "guests",
        {
            f"{LOOP}.Selector.Field": get("Parameters.Items"),
            f"{BEST}.AppSpecification.ContainerArguments": ["x"],
        },
        f"{LOOP}.Selector.Field",
        "no output of a round",
    ),
    (
        "a selector of a property that isn't there",
        "guests",
        {f"{LOOP}.Selector.Field": get("IterationOutput.TrainOne.Metric")},
        f"{LOOP}.Selector.Field",
        "no property 'Metric'",
    ),
    (
        "a selector of a whole step",
        "guests",
        {
            f"{LOOP}.Selector.Field": get("IterationOutput.TrainOne"),
            f"{BEST}.AppSpecification.ContainerArguments": ["x"],
        },
        f"{LOOP}.Selector.Field",
        "no property of step",
    ),
    (
        "a round's output outside of a selector",
        "guests",
        {f"{BEST}.Environment.EXPERIMENT": get("IterationOutput.TrainOne.TrainingJobArn")},
        f"{BEST}.Environment.EXPERIMENT",
        "can't be compared here",
    ),
    (
        "a body that waits for its own loop",
        "guests",
        {f"{BODY}[0].Arguments.Environment.EXPERIMENT": get("Steps.Loop.Status")},
        f"{BODY}[0].Arguments.Environment.EXPERIMENT",
        "Loop → Loop",
    ),
    (
        "a cleanup of nothing",
        "guests",
        {"$.Steps[6].Arguments.Resources.S3": []},
        "$.Steps[6].Arguments.Resources",
        "it is",
    ),
    (
        "a cleanup of a step that isn't there",
        "guests",
        {f"{SWEEP}.StepName": "Worst"},
        f"{SWEEP}.StepName",
        "no step 'Worst'",
    ),
    (
        "a cleanup of a processing step's everything",
        "guests",
        {f"{SWEEP}.S3Uris": DROP},
        f"{SWEEP}.S3Uris",
        "S3Uris is None",
    ),
    (
        "a cleanup of a Lambda step",
        "guests",
        {f"{SWEEP}.StepName": "Ask"},
        f"{SWEEP}.StepName",
        "not cleaned up",
    ),
    (
        "a cleanup that doesn't wait",
        "guests",
        {
            f"{SWEEP}.StepName": "Failed",
            f"{SWEEP}.S3Uris": ["s3://b/k"],
            "$.Steps[6].DependsOn": DROP,
        },
        f"{SWEEP}.StepName",
        "does not wait",
    ),
    (
        "a cleanup of a step in a VPC",
        "guests",
        {
            f"{BEST}.NetworkConfig": {
                "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
            }
        },
        f"{SWEEP}.StepName",
        "runs in a VPC",
    ),
]

MISTAKES = [*REQUEST, *RULES, *REFERENCES, *ENVELOPE, *CONDITIONS, *LOOPS]


@pytest.mark.parametrize(
    ("definition", "changes", "path", "words"),
    [pytest.param(*mistake[1:], id=mistake[0]) for mistake in MISTAKES],
)
def test_it_is_found_where_it_stands(definition, changes, path, words):
    found = check(changed(DEFINITIONS[definition], changes))

    assert {finding.path for finding in found} == {path}
    assert any(words in finding.problem for finding in found), found
    assert all(finding.allowed and finding.source for finding in found)


def test_every_mistake_is_of_a_kind_of_its_own():
    assert len({mistake[0] for mistake in MISTAKES}) == len(MISTAKES) >= 40
