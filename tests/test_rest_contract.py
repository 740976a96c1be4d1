"""What the OpenAPI document promises holds for whatever requests schemathesis makes of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import TypeAdapter

from tests.serving import PATIENCE, running, settings
from ui.rest import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.serving import Running

KEY = "a-key-for-the-contract"
HEADERS = {"Authorization": f"Bearer {KEY}"}
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
# Every check is on, but: what can be read of a page or file is not for OpenAPI to say, and a job that was cancelled
# can still be looked at.
CONFIG = """
[[operations]]
include-name = "POST /api/articles"
checks.positive_data_acceptance.expected-statuses = ["2xx", 422]

[[operations]]
include-name = "POST /api/watches"
checks.positive_data_acceptance.expected-statuses = ["2xx", 422, 503]

[[operations]]
include-name = "POST /api/evaluations"
checks.positive_data_acceptance.expected-statuses = ["2xx", 404, 422, 503]

[[operations]]
include-name = "GET /api/jobs/{id}"
phases.stateful.enabled = false
"""


@pytest.fixture(scope="module")
def server(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = shutil.copytree(sample_home, tmp_path_factory.mktemp("contract") / "home")
    with running(settings(home, api_keys=KEY, rate_limit="off")) as started:
        yield started


@pytest.fixture(scope="module")
def document(server: Running) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{server.url}/openapi.json", headers=HEADERS, timeout=PATIENCE).json()
    return found


@pytest.mark.timeout(600)
def test_every_path_keeps_to_its_contract(server: Running, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    command = [
        str(SCHEMATHESIS), "--config-file", "schemathesis.toml", "run", f"{server.url}/openapi.json",
        "--header", f"Authorization: {HEADERS['Authorization']}", "--checks", "all", "--continue-on-failure",
        "--max-examples", "10", "--generation-deterministic", "--seed", "1",
        "--request-timeout", str(PATIENCE), "--no-color",
    ]  # fmt: skip
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.contract_hooks",
        "PYTHONPATH": str(Path(__file__).parent.parent),
    }
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert "Unresolvable" not in done.stdout, done.stdout[-20_000:]


def test_every_field_is_described(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description"), name
        for field, about in schema.get("properties", {}).items():
            assert about.get("description") or "$ref" in about, f"{name}.{field}"


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_path_documents_its_failures(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation.get("summary"), name
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), f"{name}: {parameter['name']}"
        if " /api/" not in name:
            continue
        assert {"401", "422", "429", "500", "503"} <= set(operation["responses"]), name
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                schema = response["content"]["application/json"]["schema"]["$ref"]
                assert schema.endswith(("/Failure", "/NothingUsable")), f"{name}: {status}"


@pytest.mark.parametrize("model", [requests.AskRequest, requests.SearchRequest])
def test_the_examples_run(server: Running, model: type[requests.Request]) -> None:
    path = {requests.AskRequest: "/api/ask", requests.SearchRequest: "/api/search"}[model]
    whole = {name: field.examples[0] for name, field in model.model_fields.items() if field.examples}
    config: Any = model.model_config
    for example in (*config["json_schema_extra"]["examples"], whole):
        response = httpx.post(f"{server.url}{path}", json=example, headers=HEADERS, timeout=PATIENCE)
        assert response.status_code == 200, response.text
        assert response.json()["passages"]


def test_the_examples_of_what_is_sent_are_of_their_type(document: dict[str, Any]) -> None:
    for kind in (requests.ArticleToAdd, requests.PageToAdd, requests.ArticlesToAdd):
        example = {name: field.examples[0] for name, field in kind.model_fields.items() if field.examples}
        TypeAdapter(kind).validate_json(json.dumps(example))
    body = document["paths"]["/api/articles"]["post"]["requestBody"]["content"]["application/json"]
    articles, page = (body["examples"][name]["value"] for name in ("articles", "page"))
    assert requests.ArticlesToAdd.model_validate(articles)
    assert requests.PageToAdd.model_validate(page)
