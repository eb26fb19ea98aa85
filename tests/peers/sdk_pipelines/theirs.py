"""The pipelines of ``ours``, written with the SageMaker Python SDK v3."""

from sagemaker.core.drift_check_baselines import DriftCheckBaselines
from sagemaker.core.model_metrics import FileSource, MetricsSource, ModelMetrics
from sagemaker.core.network import NetworkConfig
from sagemaker.core.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.core.shapes import CheckpointConfig
from sagemaker.core.transformer import Transformer
from sagemaker.core.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThan,
    ConditionGreaterThanOrEqualTo,
    ConditionIn,
    ConditionLessThan,
    ConditionLessThanOrEqualTo,
    ConditionNot,
    ConditionOr,
)
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import (
    ParameterBoolean,
    ParameterFloat,
    ParameterInteger,
    ParameterString,
)
from sagemaker.core.workflow.properties import Properties
from sagemaker.mlops.workflow.cleanup_step import CleanupStep, S3CleanupSource
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.for_each_step import (
    CurrentItem,
    ForEachSelector,
    ForEachStep,
    IterationOutput,
)
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition
from sagemaker.mlops.workflow.steps import CacheConfig, TrainingStep, TransformStep, TuningStep
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train.configs import Networking
from sagemaker.train.tuner import HyperparameterTuner

from sdk_pipelines.parts import (
    BUCKET,
    EXECUTION,
    IMAGE,
    METRIC_REGEXES,
    METRICS,
    ROLE,
    ROLE_ARN,
    SERVING_IMAGE,
    SESSION,
    TRACKING,
    at,
    channel,
    fit,
    look,
    looked,
    model_of,
    notify,
    output_at,
    output_of,
    pipeline,
    prepare,
    reads,
    score,
    text,
    trainer,
)
from sdk_pipelines.parts import (
    processing as process,
)

JOBS = [BUCKET, ROLE, IMAGE, TRACKING]
SERVED = [BUCKET, ROLE, IMAGE, SERVING_IMAGE, TRACKING]


def call_faults(attempts, seconds=1, rate=2.0):
    return StepRetryPolicy(
        [StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING],
        backoff_rate=rate,
        interval_seconds=seconds,
        max_attempts=attempts,
    )


def job_faults(attempts, seconds=1, rate=2.0):
    return SageMakerJobStepRetryPolicy(
        [
            SageMakerJobExceptionTypeEnum.INTERNAL_ERROR,
            SageMakerJobExceptionTypeEnum.CAPACITY_ERROR,
            SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT,
        ],
        backoff_rate=rate,
        interval_seconds=seconds,
        max_attempts=attempts,
    )


def retry(*policy):
    return [call_faults(*policy), job_faults(*policy)]


def cached(expire_after=None):
    return CacheConfig(enable_caching=True, expire_after=expire_after)


def processing():
    name = "processing"
    data = ParameterString("data_uri")
    machine = ParameterString("machine", default_value="ml.m5.xlarge")
    hosts = ParameterInteger("hosts", default_value=2)
    seen = look(
        name,
        "look",
        data,
        step={"cache_config": cached("P30D"), "retry_policies": retry(3, 30, 1.5)},
    )
    prepared = prepare(
        name,
        "prepare",
        data,
        sharded=True,
        share=text(looked(seen, "share")),
        label=text("is ", looked(seen, "label")),
        output_uris={"test": at("shared", "test")},
        variables_={"LEVEL": "debug"},
        instance_type=machine,
        instance_count=hosts,
        volume_size_in_gb=50,
        max_runtime_in_seconds=3600,
        volume_kms_key="volume-key",
        output_kms_key="output-key",
        network_config=NetworkConfig(
            enable_network_isolation=True,
            security_group_ids=["sg-1"],
            subnets=["subnet-1", "subnet-2"],
        ),
        step={
            "cache_config": cached(),
            "display_name": "Prepare",
            "description": "Splits the table.",
        },
    )
    merged = process(
        name,
        "merge",
        "merge",
        inputs=[
            reads(output_of(prepared, "train"), place="parts/0", name="parts-0"),
            reads(output_of(prepared, "test"), place="parts/1", name="parts-1"),
        ],
        outputs=["merged"],
        step={"description": "Put parts together."},
    )
    told = notify(
        name, "notify", text(ExecutionVariables.PIPELINE_NAME), depends_on=[seen, prepared]
    )
    return pipeline(name, [data, machine, hosts, *JOBS], [seen, prepared, merged, told])


def training():
    name = "training"
    data = ParameterString("data_uri")
    rate = ParameterFloat("rate", default_value=0.1)
    machine = ParameterString("machine", default_value="ml.m5.xlarge")
    prepared = prepare(name, "prepare", data)
    fitted = fit(
        name,
        "fit",
        output_of(prepared, "train"),
        sharded=True,
        rate=text(rate),
        booster="dart",
        variables_={"LEVEL": "debug"},
        compute={
            "instance_type": machine,
            "instance_count": 2,
            "volume_size_in_gb": 100,
            "volume_kms_key_id": "volume-key",
            "enable_managed_spot_training": True,
        },
        stopping={"max_runtime_in_seconds": 7200, "max_wait_time_in_seconds": 10_000},
        output={"kms_key_id": "output-key"},
        checkpoint_config=CheckpointConfig(
            s3_uri=at("checkpoints", name, EXECUTION, "fit"), local_path="/opt/ml/checkpoints"
        ),
        networking=Networking(
            security_group_ids=["sg-1"], subnets=["subnet-1"], enable_network_isolation=True
        ),
        step={"retry_policies": retry(2, 10), "cache_config": cached("PT12H")},
    )
    scored = score(name, "score", output_of(prepared, "test"), model_of(fitted))
    again = fit(name, "fit-2", "s3://elsewhere/train")
    return pipeline(name, [data, rate, machine, *JOBS], [prepared, fitted, scored, again])


def tune(name, step, made, inputs, *, ranges, objective, step_options=None, **options):
    tuner = HyperparameterTuner(
        model_trainer=made,
        objective_metric_name=objective,
        hyperparameter_ranges=ranges,
        metric_definitions=[{"Name": key, "Regex": regex} for key, regex in METRIC_REGEXES.items()],
        **options,
    )
    return TuningStep(step, step_args=tuner.tune(inputs=inputs), **(step_options or {}))


def registration(model, **options):
    """A registration, with what sagepipe's own has where nothing is said."""
    environment = options.pop("environment", {})
    step = options.pop("step", {})
    group = options["model_package_group_name"]
    name = options.pop("pipeline", group)
    built = ModelBuilder(
        image_uri=SERVING_IMAGE,
        s3_model_data_url=model,
        role_arn=ROLE_ARN,
        sagemaker_session=SESSION,
        env_vars=environment,
        dependencies={},
    )
    metadata = {
        "sagepipe.execution_id": EXECUTION,
        "mlflow.run_name": EXECUTION,
        "mlflow.experiment_name": name,
        **options.pop("metadata", {}),
    }
    request = {
        "content_types": ["text/csv", "application/json"],
        "response_types": ["text/csv", "application/json"],
        "inference_instances": ["ml.m5.large"],
        "transform_instances": ["ml.m5.large"],
        "approval_status": "PendingManualApproval",
        "customer_metadata_properties": metadata,
        **options,
    }
    return ModelStep(**{"name": "register-model", "step_args": built.register(**request), **step})


def tuning():
    name = "tuning"
    data = ParameterString("data_uri")
    jobs = ParameterInteger("jobs", default_value=4)
    tuned = tune(
        name,
        "tune-fit",
        trainer(name, "tune-fit", {}),
        [channel("train", data)],
        ranges={
            "rate": ContinuousParameter(0.01, 0.3, scaling_type="Logarithmic"),
            "depth": IntegerParameter(2, 9),
            "booster": CategoricalParameter(["gbtree", "dart"]),
        },
        objective="auc",
        max_jobs=4,  # its type says that it takes a pipeline variable; the request's shape doesn't
        max_parallel_jobs=2,
        random_seed=7,
        step_options={"cache_config": cached("P1D")},
    )
    best = tuned.get_top_model_s3_uri(0, BUCKET, prefix=f"models/{name}")
    scored = score(name, "score", data, best)
    registered = registration(best, model_package_group_name="tuned", pipeline=name)
    random = tune(
        name,
        "tune-fit-2",
        trainer(name, "tune-fit-2", {"depth": "5", "booster": "dart"}),
        [channel("train", data)],
        ranges={"rate": ContinuousParameter(0.0, 1.0)},
        objective="loss",
        objective_type="Minimize",
        strategy="Random",
        max_jobs=10,
        max_parallel_jobs=2,
    )
    told = notify(name, "notify", text("best ", random.properties.BestTrainingJob.TrainingJobName))
    return pipeline(name, [data, jobs, *SERVED], [tuned, scored, registered, random, told])


def conditions():
    name = "conditions"
    data = ParameterString("data_uri")
    least = ParameterFloat("least", default_value=0.8)
    most = ParameterInteger("most", default_value=9)
    mode = ParameterString("mode", default_value="fast")
    strict = ParameterBoolean("strict", default_value=True)
    seen = look(name, "look", data)
    fitted = fit(name, "fit", data)
    scored = score(name, "score", data, model_of(fitted))

    def metric(path):
        return JsonGet(step_name="score", property_file=METRICS, json_path=path)

    rows, share = looked(seen, "rows"), looked(seen, "share")
    first = [
        ConditionGreaterThanOrEqualTo(metric("auc"), least),
        ConditionGreaterThan(rows, 10),
        ConditionLessThan(share, 0.5),
        ConditionLessThanOrEqualTo(rows, most),
    ]
    second = ConditionOr(
        [
            ConditionGreaterThan(metric("['by class'].late.f1"), 0.5),
            ConditionNot(ConditionEquals(rows, 0)),
        ]
    )
    third = [
        ConditionIn(looked(seen, "label"), ["late", "early"]),
        ConditionEquals(strict, True),
    ]
    # A chain has no counterpart in SageMaker: each further condition says that those above it
    # don't hold, "not all of these" being written as "one of these doesn't".
    not_first = ConditionOr([ConditionNot(condition) for condition in first])
    not_third = ConditionOr([ConditionNot(condition) for condition in third])
    small = [ConditionGreaterThan(rows, 1), ConditionLessThan(rows, 5)]
    late_auc = fitted.properties.FinalMetricDataList["auc"].Value
    steps = [
        seen,
        fitted,
        scored,
        ConditionStep("condition", conditions=first, if_steps=[notify(name, "notify", "all")]),
        ConditionStep(
            "condition-2",
            conditions=[not_first, second],
            if_steps=[notify(name, "notify-2", "some")],
        ),
        ConditionStep(
            "condition-3",
            conditions=[not_first, ConditionNot(second), *third],
            if_steps=[notify(name, "notify-3", "few")],
        ),
        ConditionStep(
            "condition-4",
            conditions=[not_first, ConditionNot(second), not_third],
            if_steps=[FailStep("fail", text("not with ", share, " of ", rows))],
        ),
        ConditionStep(
            "slow",
            conditions=[ConditionNot(ConditionEquals(mode, "fast"))],
            if_steps=[notify(name, "notify-4", "slow")],
        ),
        ConditionStep(
            "condition-5",
            conditions=[ConditionGreaterThan(late_auc, metric("auc"))],
            if_steps=[notify(name, "notify-5", "overfitted")],
        ),
        ConditionStep(
            "condition-6",
            conditions=[ConditionOr([ConditionNot(condition) for condition in small])],
            if_steps=[FailStep("fail-2", "none")],
        ),
    ]
    return pipeline(name, [data, least, most, mode, strict, *JOBS], steps)


def models():
    name = "models"
    data = ParameterString("data_uri")
    approval = ParameterString(
        "approval", default_value="Approved", enum_values=["Approved", "PendingManualApproval"]
    )
    fitted = fit(name, "fit", data)
    scored = score(name, "score", data, model_of(fitted))
    built = ModelBuilder(
        image_uri=SERVING_IMAGE,
        s3_model_data_url=model_of(fitted),
        role_arn=ROLE_ARN,
        sagemaker_session=SESSION,
        env_vars={"WORKERS": "2"},
    )
    made = ModelStep("made", step_args=built.build())
    transformed = TransformStep(
        "transform",
        step_args=Transformer(
            model_name=made.properties.ModelName,
            instance_count=1,
            instance_type="ml.m5.xlarge",
            output_path=output_at(name, "transform", "predictions"),
            sagemaker_session=SESSION,
        ).transform(data=data, content_type="text/csv", split_type="Line"),
    )
    joined = TransformStep(
        "joined",
        step_args=Transformer(
            model_name=made.properties.ModelName,
            instance_count=3,
            instance_type="ml.c5.xlarge",
            output_path=at("predictions"),
            strategy="SingleRecord",
            accept="application/json",
            assemble_with="Line",
            max_payload=6,
            max_concurrent_transforms=4,
            sagemaker_session=SESSION,
        ).transform(
            data=data,
            content_type="application/jsonlines",
            split_type="None",
            input_filter="$[1:]",
            output_filter="$[0,-1]",
            join_source="Input",
        ),
        retry_policies=retry(4),
        cache_config=cached(),
    )
    predictions = joined.properties.TransformOutput.S3OutputPath
    again = score(name, "score-2", predictions, model_of(fitted))

    def file(title, kind=MetricsSource):
        return kind(
            content_type="application/json",
            s3_uri=Join(on="/", values=[output_of(scored, "metrics"), title]),
        )

    registered = registration(
        model_of(fitted),
        pipeline=name,
        model_package_group_name="delays",
        model_metrics=ModelMetrics(
            model_statistics=file("metrics.json"),
            model_constraints=file("constraints.json"),
            model_data_statistics=file("data.json"),
            model_data_constraints=file("data-constraints.json"),
            bias=file("bias.json"),
            bias_pre_training=file("before.json"),
            bias_post_training=file("after.json"),
            explainability=file("shap.json"),
        ),
        drift_check_baselines=DriftCheckBaselines(
            model_statistics=file("metrics.json"),
            model_constraints=file("constraints.json"),
            model_data_statistics=file("data.json"),
            model_data_constraints=file("data-constraints.json"),
            bias_config_file=file("bias-config.json", FileSource),
            bias_pre_training_constraints=file("before.json"),
            bias_post_training_constraints=file("after.json"),
            explainability_constraints=file("shap.json"),
            explainability_config_file=file("shap-config.json", FileSource),
        ),
        content_types=["text/csv"],
        response_types=["application/json"],
        inference_instances=["ml.m5.large", "ml.m5.xlarge"],
        transform_instances=["ml.m5.4xlarge"],
        approval_status=approval,
        description="Delays",
        metadata={"data": data, "owner": "team"},
        environment={"WORKERS": "2"},
        step={"retry_policies": [call_faults(3)], "display_name": "Register"},
    )
    imported = registration(
        "s3://elsewhere/model.tar.gz",
        model_package_group_name=name,
        description="Everything around a model.",
        step={"name": "register-model-2"},
    )
    steps = [fitted, scored, made, transformed, joined, again, registered, imported]
    return pipeline(name, [data, approval, *SERVED], steps)


def values():
    name = "values"
    needed = ParameterString("needed")
    mode = ParameterString("mode", default_value="fast", enum_values=["fast", "full"])
    count = ParameterInteger("count", default_value=3)
    share = ParameterFloat("share", default_value=1.0)
    strict = ParameterBoolean("strict", default_value=False)
    columns = ParameterString("columns", default_value='["a"]')
    options = ParameterString("options", default_value='{"deep": [1, 2]}')
    raw = text("s3://", needed, "/", EXECUTION)
    inner = Join(on="+", values=["a", "b"])
    steps = [
        look(name, "look", raw, mode=mode),
        prepare(
            name,
            "prepare",
            raw,
            share=text(share),
            strict=text(strict),
            columns=columns,
            label=needed,
        ),
        notify(name, "notify", Join(on="-", values=[mode, count, share, inner])),
        notify(name, "notify-2", text(ExecutionVariables.PIPELINE_NAME)),
    ]
    return pipeline(name, [needed, mode, count, share, strict, columns, options, *JOBS], steps)


def loops():
    name = "loops"
    data = ParameterString("data_uri")
    boosters = ParameterString("boosters", default_value='["gbtree", "dart"]')
    item = CurrentItem()
    fitted = fit(name, "fit-each", data, booster=item)
    tried = ForEachStep(
        "for-each",
        iterable_items=boosters,
        max_concurrency=2,
        for_each_body=[fitted],
        selector=ForEachSelector("MaxBy", IterationOutput(fitted).FinalMetricDataList["auc"].Value),
    )
    best = detached(tried.properties.Selected.ModelArtifacts.S3ModelArtifacts)
    second = getattr(tried.properties.IterationOutputs[1], "fit-each")
    scored = score(name, "score", data, best)
    again = score(name, "score-2", data, detached(second.ModelArtifacts.S3ModelArtifacts))
    seen = look(name, "look", data)
    job = ExecutionVariables.PROCESSING_JOB_NAME
    inner = look(name, "look-2-each", item.uri, mode=item.mode, round_=[job])
    label = text(looked(inner, "label"))
    prepared = prepare(name, "prepare-each", data, label=label, round_=[job])
    files = ForEachStep(
        "files",
        iterable_items=looked(seen, "names"),
        max_concurrency=50,
        for_each_body=[inner, prepared],
    )
    first = files.properties.IterationOutputs[0]
    returned = output_of_round(first, "look-2-each", "returned")
    rows = JsonGet(s3_uri=Join(on="/", values=[returned, "returned.json"]), json_path="rows")
    told = notify(name, "notify", text(rows))
    merged = process(
        name,
        "merge",
        "merge",
        inputs=[
            reads(output_of_round(first, "prepare-each", "train"), place="parts/0", name="parts-0")
        ],
        outputs=["merged"],
        step={"description": "Put parts together."},
    )
    unrolled = [notify(name, "notify-2-0", "x"), notify(name, "notify-2-1", "y")]
    unrolled.append(notify(name, "notify-2-2", "z", depends_on=[unrolled[0]]))
    steps = [tried, scored, again, seen, files, told, merged, *unrolled]
    return pipeline(name, [data, boosters, *JOBS], steps)


def output_of_round(round_, step, name):
    job = getattr(round_, step)
    return detached(job.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri)


def detached(reference):
    """The same reference as ``Properties``: what a ForEach step hands out can't be used.

    It holds the step, and with it the session, which a Processor fails to copy (RecursionError);
    and ``JsonGet`` refuses it in its URI.
    """
    _, step, path = reference.expr["Get"].split(".", 2)
    return Properties(step_name=step, path=path)


def exits():
    name = "exits"
    data = ParameterString("data_uri")
    prepared = prepare(name, "prepare", data)
    fitted = fit(name, "fit", output_of(prepared, "train"))
    bye = notify(
        name,
        "notify",
        "bye",
        depends_on=[
            StepDependency(prepared, TriggerCondition.ANY),
            StepDependency(fitted, TriggerCondition.ANY),
        ],
    )
    anyway = notify(
        name, "notify-2", "anyway", depends_on=[StepDependency(fitted, TriggerCondition.ANY)]
    )
    stopped = notify(
        name,
        "notify-3",
        "stopped",
        depends_on=[
            StepDependency(fitted, TriggerCondition.STOPPED),
            StepDependency(prepared, TriggerCondition.FAILED),
        ],
    )
    scored = score(name, "score", output_of(prepared, "test"), model_of(fitted))
    train = output_of(prepared, "train")
    cleaned = CleanupStep(
        "cleanup",
        s3_sources=[
            S3CleanupSource(
                prepared,
                [Join(on="/", values=[train, "a.csv"]), Join(on="/", values=[train, "b.csv"])],
            ),
            S3CleanupSource(fitted),
        ],
        depends_on=[prepared, fitted, scored],
    )
    return pipeline(name, [data, *JOBS], [bye, prepared, fitted, anyway, stopped, scored, cleaned])


PUBLISH = "Copy a model archive, unchanged, to where readers of the current model look for it."


def every_feature():
    name = "every-feature"
    module = "authored"
    data = ParameterString("data_uri")
    min_auc = ParameterFloat("min_auc", default_value=0.8)
    rounds = ParameterInteger("rounds", default_value=100)
    strict = ParameterBoolean("strict", default_value=True)
    machine = ParameterString("instance_type", default_value="ml.m5.xlarge")
    prepared = prepare(
        name,
        "prepare",
        data,
        label="it's late",
        strict=text(strict),
        module=module,
        step={"cache_config": cached("P30D"), "description": "Prepare the data."},
    )
    hyperparameters = {"rate": "0.1", "rounds": text(rounds)}
    made = trainer(
        name,
        "fit",
        hyperparameters,
        module=module,
        metrics={},
        compute={"instance_type": machine, "volume_size_in_gb": 50},
    )
    fitted = TrainingStep(
        "fit",
        step_args=made.train(input_data_config=[channel("train", output_of(prepared, "train"))]),
        display_name="Fit",
        description="Fit a model.",
        retry_policies=retry(3, 30),
    )
    scored = score(
        name,
        "score",
        output_of(prepared, "test"),
        model_of(fitted),
        module=module,
        variables_={"BAR": "1"},
        step={"description": "Score the model.", "depends_on": [prepared]},
    )

    def metric(path):
        return JsonGet(step_name="score", property_file=METRICS, json_path=path)

    registered = registration(
        model_of(fitted),
        model_package_group_name=name,
        description="Everything that the first compiler knows.",
        model_metrics=ModelMetrics(
            model_statistics=MetricsSource(
                content_type="application/json",
                s3_uri=Join(on="/", values=[output_of(scored, "metrics"), "metrics.json"]),
            )
        ),
        metadata={"owner": "team"},
    )
    published = process(
        name,
        "publish",
        "publish",
        module="sagepipe.components.publish",
        inputs=[reads(model_of(fitted), place="model")],
        outputs=["published"],
        output_uris={"published": at("models", name, "output")},
        step={"depends_on": [registered], "description": PUBLISH},
    )
    gate = ConditionStep(
        "condition",
        conditions=[
            ConditionGreaterThanOrEqualTo(metric("auc"), min_auc),
            ConditionOr(
                [
                    ConditionGreaterThan(metric("['by class'].late"), 0.5),
                    ConditionNot(ConditionLessThan(metric("n"), 10)),
                ]
            ),
        ],
        if_steps=[registered, published],
        else_steps=[FailStep("fail", text("the bar is auc ", EXECUTION))],
    )
    parameters = [data, min_auc, rounds, strict, machine, *SERVED]
    return pipeline(name, parameters, [prepared, fitted, scored, gate])
