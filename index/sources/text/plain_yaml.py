"""YAML as plain data only, without the aliases and merge keys by which a few lines expand to gigabytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node

_DEEPEST = 100


class PlainLoader(yaml.SafeLoader):
    """A SafeLoader that raises a YAMLError for aliases, merge keys and excessive nesting."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Refuse aliases, and count the nesting depth."""
        if self.check_event(yaml.AliasEvent):
            raise self._problem("it has an alias (*), which is not read")
        if self._depth >= _DEEPEST:
            raise self._problem("it is nested too deeply")
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def _problem(self, problem: str) -> yaml.YAMLError:
        return yaml.composer.ComposerError(None, None, problem, self.get_mark())

    def flatten_mapping(self, node: MappingNode) -> None:
        """Refuse merge keys, each level of which may multiply the content of the one below."""
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, "it has a merge key (<<), which is not read", key.start_mark
                )
        super().flatten_mapping(node)
