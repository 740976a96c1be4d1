"""The documents say what the code does."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from index.errors import DatelineError
from ui.http.failures import explain

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for layer in ("index", "assistant", "ui") for path in (ROOT / layer).rglob("*.py"))
FOLDERS = ("index/", "assistant/", "ui/", "tests/", "scripts/", "prompts/", "docs/")
# Errors of commands, and one that never leaves the index.
NOT_FROM_THE_SERVER = {"AccessError", "BackupError", "RemoteError", "ServeError", "DamagedError", "UnsupportedError"}


def subclasses(kind: type[DatelineError]) -> Iterator[type[DatelineError]]:
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def expected_errors() -> list[type[DatelineError]]:
    for path in SOURCES:
        if re.search(r"^class \w+Error\(", path.read_text(), re.MULTILINE):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    return list(subclasses(DatelineError))


def code_of(kind: type[DatelineError]) -> str:
    parameters = [one for one in inspect.signature(kind).parameters.values() if one.default is one.empty]
    anything: dict[str, Any] = {one.name: 1 for one in parameters}  # the code goes by the class alone
    return explain(kind(**anything)).code


def literal_codes() -> Iterator[str]:
    """Yield the codes that are written where a failure is made, as `code="closed"`."""
    for text in (path.read_text() for path in SOURCES):
        for node in ast.walk(ast.parse(text)) if "code=" in text else ():
            if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
                yield str(node.value.value)


def statuses_raised() -> Iterator[int]:
    """Yield the statuses that Starlette and FastAPI raise themselves, and those of `HTTPException(422, ...)`."""
    yield from (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.BAD_REQUEST)
    for path in SOURCES:
        for raised in re.findall(r"HTTPException\((?:status_code=)?(\d{3})", path.read_text()):
            yield int(raised)


def test_every_error_code_is_documented_and_every_documented_one_is_raised() -> None:
    raised = {
        *(code_of(kind) for kind in expected_errors()),
        *(explain(HTTPException(status)).code for status in statuses_raised()),
        explain(ValueError()).code,
        *literal_codes(),
    }
    page = (ROOT / "docs" / "rest.md").read_text().partition("## Failures")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert len(documented) == len(set(documented))
    assert set(documented) == raised


def test_every_expected_error_of_the_server_has_a_code_of_its_own() -> None:
    unknown = {kind.__name__ for kind in expected_errors() if code_of(kind) == "failed"}
    assert unknown == NOT_FROM_THE_SERVER


def test_every_path_in_the_architecture_exists() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    named = {text for text in re.findall(r"`([\w./-]+)`", page) if text.startswith(FOLDERS)}
    assert len(named) > 30
    assert [text for text in sorted(named) if not (ROOT / text).exists()] == []


def test_every_module_in_the_architecture_exists() -> None:
    """A table's row names modules of its folder without their path, as (`chunking`, `sentences`)."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    modules = {path.stem for path in SOURCES} | {path.parent.name for path in SOURCES}
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    for _, holds in rows:
        for listed in re.findall(r"\(((?:`\w+`(?:, | and )?)+)\)", holds):
            for name in re.findall(r"`(\w+)`", listed):
                assert name in modules, name
    for dotted in re.findall(r"`((?:ui|assistant|index)(?:\.\w+)+)`", page):
        path = ROOT.joinpath(*dotted.split("."))
        parent = path.parent  # the last part may be a name in a module
        assert any(place.with_suffix(".py").exists() or place.is_dir() for place in (path, parent)), dotted
