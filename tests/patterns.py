"""Every regular expression in the code, and hard texts for each: its repetitions, then a mismatch."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import itertools
import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as sre_parser  # type: ignore[import-not-found]
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
LAYERS = ("index", "assistant", "ui")
_FUNCTIONS = frozenset({"compile", "match", "fullmatch", "search", "split", "findall", "finditer", "sub", "subn"})
_WHOLE = frozenset({"match", "fullmatch"})
_ENDS = ("", "\x00", "!\n")
# One or two of each kind that patterns tell apart.
_PROBES = "aA0_ \n\t.,-–—|·/:;@#*=+<>()[]{}\"'“”’`~^$&?!\\xzé中…"
_MOST_PIECES = 24


@dataclasses.dataclass(frozen=True, slots=True)
class Used:
    """A pattern and where it stands; `is_whole` where it is only ever matched from the start of a text."""

    place: str
    pattern: re.Pattern[Any]
    is_whole: bool

    def run(self, text: str) -> object:
        """Do with a text the most that is done with the pattern anywhere."""
        subject = text.encode("utf-8", "replace") if isinstance(self.pattern.pattern, bytes) else text
        if self.is_whole:
            return self.pattern.fullmatch(subject), self.pattern.match(subject)
        return self.pattern.search(subject)


def find_patterns() -> list[Used]:
    """Return every pattern that is made in the code: by `re`, or held by a module in any other way."""
    paths = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    searched = {name for tree in trees.values() for name in _searched(tree)}
    found: dict[tuple[object, int], Used] = {}
    for path, tree in trees.items():
        if not any(isinstance(node, ast.Name) and node.id == "re" for node in ast.walk(tree)):
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        names = vars(importlib.import_module(name))
        for variable, value in names.items():
            for pattern in _patterns_in(value):
                is_found = variable in searched
                _note(found, Used(f"{name}.{variable}", pattern, not is_found))
        for call in _calls(tree):
            made = _compiled(call, names)
            method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if made is not None and method != "compile":  # a constant's, or compiled from constants
                _note(found, Used(f"{name}:{call.lineno}", made, method in _WHOLE))
    return list(found.values())


def _note(found: dict[tuple[object, int], Used], used: Used) -> None:
    key = (used.pattern.pattern, used.pattern.flags)
    if key not in found or (found[key].is_whole and not used.is_whole):
        found[key] = used


def _patterns_in(value: object, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from _patterns_in(one, depth - 1)
    elif depth and isinstance(value, dict):
        for one in (*value.keys(), *value.values()):
            yield from _patterns_in(one, depth - 1)
    elif depth and dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _patterns_in(getattr(value, field.name), depth - 1)


def _searched(tree: ast.Module) -> set[str]:
    """Return the names of variables with a method that looks for a pattern everywhere in a text."""
    return {
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.attr in _FUNCTIONS - _WHOLE - {"compile"}
    }


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in _FUNCTIONS
        ):
            yield node


def _compiled(call: ast.Call, names: dict[str, Any]) -> re.Pattern[Any] | None:
    """Return the pattern of a call; None where it is made of what only exists while the function runs."""
    given = call.args[0]
    flags = next((word.value for word in call.keywords if word.arg == "flags"), None)
    if flags is None and isinstance(call.func, ast.Attribute):
        at = {"compile": 1, "sub": 4, "subn": 4}.get(call.func.attr, 2)
        flags = call.args[at] if len(call.args) > at else None
    try:
        pattern = _evaluate(given, names)
        return re.compile(pattern, _evaluate(flags, names) if flags else 0)
    except NameError:
        return None


def _evaluate(node: ast.expr, names: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "pattern", "eval"), {**names, "re": re})  # noqa: S307 - our own code


@dataclasses.dataclass(frozen=True, slots=True)
class Attack:
    """A kind of text: what leads to a repetition, what it repeats, and an end that does not fit."""

    prefix: str
    piece: str
    end: str

    def text(self, size: int) -> str:
        """Return such a text of about `size` characters."""
        return self.prefix + self.piece * (size // len(self.piece)) + self.end


def attacks(pattern: re.Pattern[Any]) -> list[Attack]:
    """Return the kinds of texts that may be hard for a pattern."""
    is_text = isinstance(pattern.pattern, str)
    source = pattern.pattern if is_text else pattern.pattern.decode("latin-1")
    tree = sre_parser.parse(source, pattern.flags if is_text else pattern.flags & ~re.UNICODE)
    found: dict[Attack, None] = {}
    for prefixes, body in _repeats(tree, [""]):
        pieces = dict.fromkeys([*_samples(body), *(probe for probe in _PROBES if _begins_with(body, probe))])
        for piece, prefix in itertools.product(filter(None, list(pieces)[:_MOST_PIECES]), ["", *prefixes[:1]]):
            found |= dict.fromkeys(Attack(prefix, piece, end) for end in _ENDS)
        if prefixes[0]:
            found[Attack("", prefixes[0], "\x00")] = None  # every place looks like a beginning
    return list(found)


def _repeats(tree: Any, before: list[str]) -> Iterator[tuple[list[str], Any]]:
    """Yield what may be repeated often, each with samples of what comes before it."""
    prefixes = before
    for operation, argument in tree:
        if operation in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
            _, most, body = argument
            if most > 20:
                yield prefixes, body
            yield from _repeats(body, prefixes)
        for part in _parts(operation, argument):
            if operation not in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
                yield from _repeats(part, prefixes)
        endings = _samples_of(operation, argument)
        prefixes = [first + last for first in prefixes[:3] for last in endings[:3]][:6]


def _parts(operation: Any, argument: Any) -> list[Any]:
    match operation:
        case sre.SUBPATTERN:
            return [argument[3]]
        case sre.BRANCH:
            return list(argument[1])
        case sre.ASSERT | sre.ASSERT_NOT:
            return [argument[1]]
        case sre.ATOMIC_GROUP:
            return [argument]
        case sre.GROUPREF_EXISTS:
            return [part for part in argument[1:] if part]
        case _:
            return []


def _samples(tree: Any) -> list[str]:
    """Return some texts that a tree matches."""
    found = [""]
    for operation, argument in tree:
        endings = _samples_of(operation, argument)
        found = [first + last for first in found[:6] for last in endings[:6]]
    return list(dict.fromkeys(found))[:12]


def _samples_of(operation: Any, argument: Any) -> list[str]:  # noqa: PLR0911 - one for each kind
    match operation:
        case sre.LITERAL:
            return [chr(argument)]
        case sre.NOT_LITERAL | sre.IN | sre.ANY | sre.CATEGORY:
            return _members(operation, argument)[:6] or [""]
        case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
            least, most, body = argument
            inner = _samples(body)
            few = [one * max(least, 1) for one in inner] if most else []
            return ([*few[:4], ""] if least == 0 else few) or [""]
        case sre.BRANCH:
            return [one for part in argument[1] for one in _samples(part)[:2]] or [""]
        case sre.SUBPATTERN:
            return _samples(argument[3])
        case sre.ATOMIC_GROUP:
            return _samples(argument)
        case _:
            return [""]


def _members(operation: Any, argument: Any) -> list[str]:
    """Return the probes that are in a class of characters."""
    one = sre_parser.SubPattern(sre_parser.State(), [(operation, argument)])
    pattern = re._compiler.compile(one)  # type: ignore[attr-defined]
    extra = [chr(value) for kind, value in argument if kind is sre.LITERAL] if operation is sre.IN else []
    return [probe for probe in [*_PROBES, *extra[:6]] if pattern.match(probe)]


def _begins_with(body: Any, probe: str) -> bool:
    """Say whether a repetition can be of a single such character."""
    return len(body) == 1 and body[0][0] in {sre.IN, sre.ANY, sre.NOT_LITERAL} and probe in _members(*body[0])
