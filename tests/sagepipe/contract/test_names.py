from sagepipe.contract import names


def test_the_execution_id_stands_in_the_job_name():
    assert names.execution_id("pipelines-8hrd3khhxz1w-train-model-Aq0aA1bCdE") == "8hrd3khhxz1w"


def test_a_job_outside_a_pipeline_is_its_own_execution():
    assert names.execution_id("my-training-job") == "my-training-job"
