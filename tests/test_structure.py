"""The structure of the project: imports, names, sizes, links and documents."""

from __future__ import annotations

import ast
import functools
import graphlib
import importlib
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
LAYERS = ["index", "assistant", "ui"]  # each may import from those before it
# What each part of `ui` may import; the order is that of the layers, the lowest first.
PARTS = {
    "counts": set[str](),
    "visible": set[str](),
    "heaps": set[str](),
    "access": set[str](),
    "conversations": set[str](),
    "service": {"access", "conversations"},
    "http": {"visible", "access", "service"},
    "rest": {"access", "service", "http"},
    "openai": {"service", "http", "rest"},
    "chat": {"counts", "visible", "access", "conversations", "service", "http"},
    "server": {"access", "service", "http", "rest", "openai", "chat"},
    "process": {"heaps", "service", "http", "server"},
    "commands": {"counts", "visible", "access", "conversations", "service", "http", "process"},
    "cli": {"counts", "commands"},
}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))
}
PACKAGES = {module: path for module, path in MODULES.items() if path.name == "__init__.py"}


class Source(NamedTuple):
    """What a module imports, with what it only needs for types and without, and the names that it gives."""

    names: frozenset[str]
    names_at_run_time: frozenset[str]
    types: tuple[str, ...]
    variables: frozenset[str]


@functools.cache
def source(path: Path) -> Source:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    types_only = {
        child
        for node in nodes
        if isinstance(node, ast.If)
        and any(isinstance(part, ast.Name) and part.id == "TYPE_CHECKING" for part in ast.walk(node.test))
        for child in ast.walk(node)
    }
    # Fields are often those of a JSON that others read.
    fields = {
        field.target
        for node in nodes
        if isinstance(node, ast.ClassDef)
        for field in node.body
        if isinstance(field, ast.AnnAssign)
    }
    return Source(
        names=frozenset(name for node in nodes for name in names_in(node)),
        names_at_run_time=frozenset(name for node in nodes if node not in types_only for name in names_in(node)),
        types=tuple(name for node in nodes if (name := defined_type(node))),
        variables=frozenset(name for node in nodes if (name := variable(node)) and node not in fields),
    )


def names_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)


def defined_type(node: ast.AST) -> str | None:
    """Return the name of a class, or of a `Literal` that is given a name."""
    if isinstance(node, ast.ClassDef):
        return node.name
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript(value=ast.Name(id="Literal"))):
            return name
    return None


def variable(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    return node.arg if isinstance(node, ast.arg) else None


def imported(path: Path) -> frozenset[str]:
    """Return the project's modules that a file imports anywhere; in `ui` those it only needs for types, too."""
    names = source(path).names if path.is_relative_to(ROOT / "ui") else source(path).names_at_run_time
    return names & MODULES.keys()


def test_imports_run_one_way() -> None:
    for path in MODULES.values():
        layer = path.relative_to(ROOT).parts[0]
        for name in imported(path):
            assert LAYERS.index(name.split(".")[0]) <= LAYERS.index(layer), f"{path} imports {name}"


def test_parts_of_ui_import_only_lower_parts() -> None:
    below: set[str] = set()
    for part, allowed in PARTS.items():
        assert allowed <= below, part
        below.add(part)
    for module, path in MODULES.items():
        layer, *rest = module.split(".")
        if layer == "ui" and rest:
            parts = {name.split(".")[1] for name in imported(path) if name.startswith("ui.")}
            assert parts <= PARTS[rest[0]] | {rest[0]}, f"{path} imports {parts}"


ENGINE_LIBRARIES = {"chromadb", "simsimd", "tantivy"}
# SQLite is also what conversations and access are kept in, which belong to a server and not to its collection.
USERS_OF_SQLITE = ("index.engines.embedded", "index.local_files", "ui.access", "ui.conversations")


def test_only_the_embedded_engine_knows_what_it_is_made_of() -> None:
    """An engine is opened through `index.engines.registry`, which names it in a string."""
    for name, path in MODULES.items():
        if name.startswith("index.engines.embedded"):
            continue
        names = source(path).names
        libraries = {used.split(".")[0] for used in names} & ENGINE_LIBRARIES
        assert not libraries or (name, libraries) == ("index.terms", {"tantivy"}), name  # its analyzer serves everyone
        assert not any(used.startswith("index.engines.embedded") for used in names), name
        assert "sqlite3" not in names or name.startswith(USERS_OF_SQLITE), name


def test_there_are_no_import_cycles() -> None:
    graph = {module: imported(path) - PACKAGES.keys() for module, path in MODULES.items()}
    assert list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_list_their_public_names_and_nothing_else(package: str) -> None:
    tree = ast.parse(PACKAGES[package].read_text())
    allowed = (ast.ImportFrom, ast.Assign, ast.Expr)
    assert all(isinstance(node, allowed) for node in tree.body)
    module = importlib.import_module(package)
    names = [
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    ]
    assert sorted(names) == sorted(getattr(module, "__all__", []))


def test_modules_stay_small() -> None:
    sizes = {module: len(path.read_text().splitlines()) for module, path in MODULES.items()}
    assert max(sizes.values()) < 450, max(sizes, key=lambda name: sizes[name])


def test_no_two_types_have_the_same_name() -> None:
    modules: dict[str, list[str]] = {}
    for module, path in MODULES.items():
        for name in source(path).types:
            modules.setdefault(name, []).append(module)
    assert {name for name, places in modules.items() if len(places) > 1} == set()


VAGUE = {"at", "it", "many", "one", "said", "stuff", "thing", "things", "told"}
VAGUE_STILL = ("assistant.readers",)  # until they are renamed there


def test_variables_are_named_after_what_they_hold() -> None:
    for module, path in MODULES.items():
        if not module.startswith(VAGUE_STILL):
            assert not source(path).variables & VAGUE, module


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_links_in_the_documents_lead_somewhere() -> None:
    for document in tracked("*.md"):
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_setting_is_documented() -> None:
    from assistant.settings import Settings

    page = (ROOT / "docs" / "settings.md").read_text()
    for name, field in Settings.model_fields.items():
        assert f"`{field.validation_alias or f'DATELINE_{name.upper()}'}`" in page


def test_every_dependency_is_explained() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    listed = re.search(r"\ndependencies = \[\n(.*?)\n\]", project, re.DOTALL)
    assert listed
    page = (ROOT / "docs" / "dependencies.md").read_text()
    for name in re.findall(r'"([a-z0-9-]+)', listed[1]):
        assert f"`{name}`" in page, name


def test_no_lock_file_and_no_path_of_one_machine() -> None:
    assert not tracked("uv.lock", "poetry.lock", "package-lock.json")
    for path in tracked("*.py", "*.toml", "*.md", "*.txt", "Makefile", ".ci/*"):
        assert not re.search(r"(?<![\w./-])/(?:work|root|farm|home/\w+)/", path.read_text()), path


def test_every_row_of_the_security_page_names_a_test_that_exists() -> None:
    rows = [line for line in (ROOT / "docs" / "security.md").read_text().splitlines() if line.startswith("| ")]
    held = [row for row in rows if "test_" in row]
    assert len(held) > 40
    for row in held:
        for file, test in re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", row.split("|")[-2]):
            source = (ROOT / "tests" / file).read_text()
            assert not test or f"def {test}(" in source, f"{file} has no {test}"
