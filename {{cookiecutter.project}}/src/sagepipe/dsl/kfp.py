"""KFP's vocabulary that SageMaker has no counterpart for, and what to do instead."""

from typing import NoReturn

from sagepipe.dsl.errors import author_error

IMAGE = "the project's image is built from docker/Dockerfile: image_uri in sagepipe.toml"
_CONTAINER = (
    "SageMaker's jobs run the project's image: write a @dsl.component that calls the program "
    "(subprocess), or give any other step to dsl.step({...})"
)
_FILES = "a job's files are Input[...] and Output[...] of artifacts, whose path is .path"
_TOLD = (
    "a SageMaker step isn't told how others ended; say which ends let it run: "
    '.after(task, trigger="Failed")'
)
_IN_THE_JOB = "the job knows: os.environ"

# Names of kfp.dsl.
NAMES = {
    "OneOf": (
        "SageMaker can't join branches: what comes after a branch that is not taken never runs. "
        "Write what follows as a @dsl.pipeline and call it in each branch, or decide inside one "
        "component"
    ),
    "Condition": "dsl.If",
    "container_component": _CONTAINER,
    "ContainerSpec": _CONTAINER,
    "ConcatPlaceholder": "dsl.join",
    "IfPresentPlaceholder": (
        "a component's parameter that may be left out is annotated str | None, and its function "
        "decides"
    ),
    "InputPath": _FILES,
    "OutputPath": _FILES,
    "EmbeddedInput": _FILES,
    "get_uri": _FILES,
    "notebook_component": "move the notebook's code to a module",
    "run_notebook": "move the notebook's code to a module",
    "SlicedClassificationMetrics": "one dsl.ClassificationMetrics a slice, or an Output[Metrics]",
    "PipelineTask": "dsl.Task",
    "PipelineTaskFinalStatus": _TOLD,
    "PipelineConfig": "settings of an environment are in sagepipe.toml",
    "WorkspaceConfig": "SageMaker's jobs share no disk; hand artifacts on",
    "KubernetesWorkspaceConfig": "SageMaker's jobs share no disk; hand artifacts on",
    "TaskConfig": "a task's settings are .set_instance_type(...) and the like",
    "TaskConfigField": "a task's settings are .set_instance_type(...) and the like",
    "TaskConfigPassthrough": "a task's settings are .set_instance_type(...) and the like",
    "WORKSPACE_PATH_PLACEHOLDER": "SageMaker's jobs share no disk; hand artifacts on",
    "PIPELINE_JOB_NAME_PLACEHOLDER": (
        "SageMaker's pipelines can't read an execution's display name: dsl.EXECUTION_ID, or "
        "dsl.PIPELINE_NAME"
    ),
    "PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER": (
        "SageMaker's pipelines aren't told what time they were scheduled for: dsl.START_TIME, or a "
        "pipeline parameter that the schedule fills in"
    ),
    "PIPELINE_TASK_NAME_PLACEHOLDER": f'{_IN_THE_JOB}["SAGEPIPE_STEP"]',
    "PIPELINE_TASK_ID_PLACEHOLDER": "the job's name is its id, and its MLflow run has it as a tag",
    "PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER": _FILES,
    "PIPELINE_TASK_EXECUTOR_OUTPUT_PATH_PLACEHOLDER": _FILES,
    "PIPELINE_ROOT_PLACEHOLDER": "dsl.bucket_uri(...) is a place in the environment's bucket",
}

# Options of @dsl.component.
COMPONENT = {
    "base_image": IMAGE,
    "target_image": IMAGE,
    **dict.fromkeys(
        (
            "packages_to_install",
            "pip_index_urls",
            "pip_trusted_hosts",
            "install_kfp_package",
            "kfp_package_path",
            "use_venv",
        ),
        "packages stand in pyproject.toml and are part of the project's image",
    ),
    "output_component_file": "a component is imported by its module and name",
    "additional_funcs": "the job imports the component's module, helper functions and all",
    "embedded_artifact_path": "files of the project are part of its image, beside the module",
    "task_config_passthroughs": "a task's settings are .set_instance_type(...) and the like",
}

# Options of @dsl.pipeline.
PIPELINE = {
    "pipeline_root": "outputs go to the environment's bucket: bucket in sagepipe.toml",
    "pipeline_config": "settings of an environment are in sagepipe.toml",
}

# Methods of tasks.
_MACHINES = "SageMaker's jobs have whole machines: .set_instance_type(...)"
TASK = {
    **dict.fromkeys(
        (
            "set_cpu_limit",
            "set_cpu_request",
            "set_memory_limit",
            "set_memory_request",
            "set_gpu_limit",
            "set_accelerator_type",
            "set_accelerator_limit",
            "add_node_selector_constraint",
        ),
        _MACHINES,
    ),
    "set_container_image": IMAGE,
    "set_debug_pause": "a job can't be entered; run the pipeline on this machine: sagepipe run",
    "set_env_variables": "one at a time: .set_env_variable(name, value)",
    "set_timeout": ".set_max_runtime(seconds)",
}


def refuse(name: str) -> NoReturn:
    """Say what to do in place of one of ``NAMES``.

    Raises:
        DslError: Always.
    """
    raise author_error(f"KFP's dsl.{name} has no counterpart in SageMaker: {NAMES[name]}")
