import asyncio
import os
import socket
import sys

import pytest

from sagepipe.serving import ServingError
from sagepipe.serving.server import bind
from sagepipe.serving.settings import ServerSettings


def test_without_a_word_the_port_is_8080_and_a_body_25_mebibytes():
    settings = ServerSettings.read({})
    assert (settings.host, settings.port) == ("0.0.0.0", 8080)
    assert settings.max_body_bytes == 25 * 1024 * 1024


def test_an_inference_pipeline_chooses_the_port():
    assert ServerSettings.read({"SAGEMAKER_BIND_TO_PORT": "8888"}).port == 8888


@pytest.mark.parametrize(("megabytes", "limit"), [("6", 6 * 1024 * 1024), ("0", sys.maxsize)])
def test_a_transform_job_sets_the_limit(megabytes, limit):
    settings = ServerSettings.read({"SAGEMAKER_MAX_PAYLOAD_IN_MB": megabytes})
    assert settings.max_body_bytes == limit


@pytest.mark.parametrize(
    ("environment", "workers"),
    [
        ({"SAGEMAKER_MODEL_SERVER_WORKERS": "3", "MODEL_SERVER_WORKERS": "4"}, 3),
        ({"MODEL_SERVER_WORKERS": "4"}, 4),
        ({}, len(os.sched_getaffinity(0))),
    ],
)
def test_workers_are_as_many_as_awss_containers_would_start(environment, workers):
    assert ServerSettings.read(environment).workers == workers


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 60),
        ({"SAGEMAKER_BATCH": "true"}, 3600),
        ({"SAGEMAKER_BATCH": "True", "MODEL_SERVER_TIMEOUT": "7"}, 7),
        ({"SAGEMAKER_MODEL_SERVER_TIMEOUT": "5", "MODEL_SERVER_TIMEOUT": "7"}, 5),
    ],
)
def test_a_transform_job_may_take_longer_than_a_caller_waits(environment, seconds):
    assert ServerSettings.read(environment).seconds == seconds


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SAGEMAKER_BIND_TO_PORT", "http"),
        ("SAGEMAKER_BIND_TO_PORT", "0"),
        ("SAGEMAKER_BIND_TO_PORT", "70000"),
        ("SAGEMAKER_BIND_TO_PORT", ""),
        ("MODEL_SERVER_WORKERS", "0"),
        ("SAGEMAKER_MODEL_SERVER_TIMEOUT", "60s"),
        ("SAGEPIPE_SERVE_QUEUE", "0"),
        ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "-1"),
        ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "101"),
    ],
)
def test_a_value_out_of_range_is_named(name, text):
    with pytest.raises(ServingError, match=f"{name}='{text}' is not a whole number from"):
        ServerSettings.read({name: text})


def test_small_answers_are_sent_at_once():
    async def accepted_without_delay() -> int:
        protocol_made = asyncio.get_running_loop().create_future()

        class Accepted(asyncio.Protocol):
            def connection_made(self, transport):
                accepted = transport.get_extra_info("socket")
                option = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                protocol_made.set_result(option)
                transport.close()

        with bind(ServerSettings("127.0.0.1", 0)) as listener:
            server = await asyncio.get_running_loop().create_server(Accepted, sock=listener)
            with socket.create_connection(listener.getsockname()):
                option = await protocol_made
            server.close()
            return option

    assert asyncio.run(accepted_without_delay()) != 0
