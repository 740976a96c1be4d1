"""The interface to language models against the LiteLLM proxy with mock answers: a third-party server.

It needs the `litellm` command on the path; its many pinned dependencies want an environment of their own: `python -m
venv X && X/bin/pip install 'litellm[proxy]' && PATH="$PATH:X/bin" python -m pytest -m litellm`.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from assistant import Usage
from assistant.chat_models.chat_model import ModelError, ModelLimits, ModelSpec, PromptMessage
from assistant.chat_models.llamaindex import build_chat_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = shutil.which("litellm")
KEY = "sk-of-this-test-only"
STARTING = 150  # seconds
ANSWER = "Grushko demanded ironclad security guarantees [1]."
# LiteLLM makes a failure of the kind that a mock answer names.
MODELS = {"mock": ANSWER, "limited": "litellm.RateLimitError", "broken": "litellm.InternalServerError"}

pytestmark = [
    pytest.mark.litellm,
    pytest.mark.timeout(2 * STARTING),
    pytest.mark.skipif(COMMAND is None, reason="no `litellm` command on the path; see the top of this file"),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a proxy that runs for this file."""
    folder = tmp_path_factory.mktemp("litellm")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "config.yaml").write_text(json.dumps(_config()))  # JSON is YAML
    command = [COMMAND or "litellm", "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)]
    # Its list of prices comes from its package, not from the network.
    environment = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_up(process, f"http://127.0.0.1:{port}/health/liveliness", folder / "log")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(30)


def _config() -> dict[str, object]:
    models = [
        {"model_name": name, "litellm_params": {"model": f"openai/{name}", "api_key": "none", "mock_response": text}}
        for name, text in MODELS.items()
    ]
    return {"model_list": models, "general_settings": {"master_key": KEY}}


def _wait_until_up(process: subprocess.Popen[bytes], health: str, log: Path) -> None:
    until = time.monotonic() + STARTING
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(health).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail(f"LiteLLM did not start:\n{log.read_text()[-2000:]}")


def ask(url: str, model: str, key: str = KEY) -> list[str | Usage]:
    spec = ModelSpec(model=model, api_key=key, base_url=url)
    with build_chat_model(spec, limits=ModelLimits(retries=1, retry_wait=0.1)) as built:
        return list(
            built.stream([PromptMessage("system", "Be brief."), PromptMessage("user", "What did Grushko demand?")])
        )


def test_the_proxy_answers_in_pieces_with_usage(url: str) -> None:
    *texts, usage = ask(url, "mock")
    assert "".join(str(text) for text in texts) == ANSWER
    assert len(texts) > 1
    assert isinstance(usage, Usage)
    assert usage.prompt_tokens > 0
    assert usage.completion_tokens > 0


@pytest.mark.parametrize(
    ("model", "key", "reason"),
    [
        ("limited", KEY, "rate_limited"),
        ("broken", KEY, "unavailable"),
        ("unheard-of", KEY, "rejected"),  # LiteLLM says 400 where others say 404
        ("mock", "sk-wrong", "rejected"),  # a proxy without a database cannot look keys up, and says 400
    ],
)
def test_failures_of_the_proxy_are_distinguished(url: str, model: str, key: str, reason: str) -> None:
    with pytest.raises(ModelError) as caught:
        ask(url, model, key)
    assert caught.value.reason == reason
    assert key not in str(caught.value)
