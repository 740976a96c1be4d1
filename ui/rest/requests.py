"""What clients send to the REST endpoint, with all fields."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from assistant import Ask
from assistant.ask import OPTIONS, ReaderName
from index.filters import FILTERS, Filters
from ui.rest.filter_fields import filters_from, given_one_by_one, given_together
from ui.service.messages import read_messages
from ui.service.service import LONGEST_QUESTION
from ui.service.watches import SHORTEST

MAX_K = 1000
MAX_PAGE = 500
_MAX_MESSAGES = 1000
_VISIBLE = r"[^\s\x00-\x1f\x7f-\x9f\ufeff]"  # a visible character
_QUESTION = "What did Grushko demand?"


class Request(BaseModel):
    """What a client sends. An unknown field is an error, because a misspelt filter must not be ignored."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _read_whole(value: Any) -> Any:
    """Return 8 for 8.0, as JSON has numbers of one kind only."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Passages = Annotated[int, Field(ge=1, le=50), BeforeValidator(_read_whole)]


# Asking and searching


@given_together
class ArticleFilters(Request):
    """Only articles that meet every given filter; within one filter, any of its values."""

    def as_filters(self) -> Filters:
        """Return the filters as the index takes them. Raises FilterError."""
        return filters_from({known.name: getattr(self, known.name) for known in FILTERS})


class Message(Request):
    """One message of the conversation so far."""

    role: Literal["user", "assistant"] = Field(description="Who said it.", examples=["user"])
    content: str = Field(max_length=200_000, description="What was said.", examples=["Who is Alexander Grushko?"])

    @property
    def text(self) -> str:
        """The text of the message."""
        return self.content


class AskRequest(Request):
    """A question, and which articles to answer it from."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"question": _QUESTION}]})

    question: str = Field(
        min_length=1, max_length=LONGEST_QUESTION, pattern=_VISIBLE, description="The question.", examples=[_QUESTION]
    )
    history: list[Message] = Field(
        default=[],
        max_length=_MAX_MESSAGES,
        description="The conversation so far, oldest first, for follow-ups; only the newest turns count.",
        examples=[[]],
    )
    filters: ArticleFilters | None = Field(
        default=None, description="Which articles are searched for an answer.", examples=[{}]
    )
    k: Passages | None = Field(
        default=None, description="How many passages are read; the server's setting by default.", examples=[8]
    )
    stream: bool = Field(
        default=False, description="Send server-sent events as the answer is written.", examples=[False]
    )
    read_times: bool = Field(
        default=True,
        description='Turn a time in the question, such as "last week", into a date filter.',
        examples=[True],
    )
    read_kind: bool = Field(
        default=True,
        description="Answer summaries, lists, counts and the like in their own way; false: as a single fact.",
        examples=[True],
    )
    reader: ReaderName = Field(
        default="dateline",
        description="The reader: the server's configured one, or the extractive one, which needs no language model.",
        examples=["dateline"],
    )

    def as_ask(self) -> Ask:
        """Return the question as an assistant takes it. Raises FilterError."""
        question, conversation = read_messages([*self.history, Message(role="user", content=self.question)])
        filters = self.filters.as_filters() if self.filters else Filters()
        options = {name: getattr(self, name) for name in OPTIONS}
        return Ask(question, conversation=conversation, filters=filters, **options)


class SearchRequest(Request):
    """What to search for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": "security guarantees", "k": 5}]})

    query: str = Field(
        min_length=1,
        max_length=LONGEST_QUESTION,
        pattern=_VISIBLE,
        description="What to search for.",
        examples=["security guarantees"],
    )
    k: Annotated[int, BeforeValidator(_read_whole)] = Field(
        default=10, ge=1, le=MAX_K, description="How many passages at most.", examples=[10]
    )
    filters: ArticleFilters | None = Field(default=None, description="Which articles are searched.", examples=[{}])


# Adding


class PageToAdd(Request):
    """The address of a page, feed or file on the web; the server fetches it, from public addresses only."""

    url: str = Field(
        min_length=8,
        max_length=4000,
        pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[!-~]+$",
        description="The address, http or https.",
        examples=["https://example.org/news/ferry"],
    )


class AddressToWatch(PageToAdd):
    """The address of a page or feed that the server looks at again and again."""

    every: int = Field(
        default=900,
        ge=SHORTEST,
        le=30 * 86_400,
        description="Seconds between two looks.",
        examples=[900],
    )


class ArticleToAdd(Request):
    """An article to add; only its text is required."""

    text: str = Field(
        min_length=1,
        pattern=_VISIBLE,
        description="The text.",
        examples=["The ferry to Skerrin will be late by a year, the harbour board said on Monday."],
    )
    id: str | None = Field(
        default=None,
        max_length=500,
        description="An id to keep; an article with the same id is replaced. Made from the content if none.",
        examples=["ferry-late"],
    )
    title: str | None = Field(default=None, max_length=2000, description="The title.", examples=["Ferry late"])
    source: str | None = Field(default=None, max_length=500, description="Who published it.", examples=["The Post"])
    author: str | None = Field(
        default=None,
        max_length=2000,
        description="Who wrote it; several names separated by commas.",
        examples=["Ada Orr"],
    )
    published: str | None = Field(
        default=None, max_length=100, description="Day of publication, as YYYY-MM-DD.", examples=["2024-05-06"]
    )
    url: str | None = Field(
        default=None, max_length=4000, description="Where it is on the web.", examples=["https://example.org/ferry"]
    )
    added_at: str | None = Field(
        default=None,
        description="Ignored; accepted so that an article can be sent as it was received.",
        examples=[None],
    )
    content_hash: str | None = Field(
        default=None,
        description="Ignored; accepted so that an article can be sent as it was received.",
        examples=[None],
    )


class ArticlesToAdd(Request):
    """Articles to add."""

    articles: list[ArticleToAdd] = Field(
        min_length=1,
        max_length=1000,
        description="The articles; those that cannot be used are reported as skipped.",
        examples=[[{"id": "ferry-late", "title": "Ferry late", "text": "The ferry to Skerrin is late."}]],
    )


# Listing


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=MAX_PAGE, description="How many at most.", examples=[50])
    offset: int = Field(default=0, ge=0, le=10**9, description="How many to skip.", examples=[0])


@given_one_by_one
class ArticleQuery(PageQuery):
    """Which articles, in which order."""

    q: str = Field(
        default="",
        max_length=1000,
        description="Words that the id, title, publisher, author or text must contain, in any order.",
        examples=["ferry"],
    )
    sort: Literal["newest", "oldest", "title", "added"] = Field(
        default="newest", description="By day of publication, by title, or the last added first.", examples=["newest"]
    )

    def as_filters(self) -> Filters:
        """Return the filters as the index takes them. Raises FilterError."""
        return filters_from({known.name: getattr(self, known.option) for known in FILTERS})


class NamesQuery(BaseModel):
    """How many names of each kind."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=100, ge=1, le=10_000, description="Most names of each kind.", examples=[100])


def inline(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of a model without references."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})

    def expand(value: Any) -> Any:
        if isinstance(value, dict) and "$ref" in value:
            return expand(definitions[value["$ref"].rpartition("/")[2]])
        if isinstance(value, dict):
            return {key: expand(part) for key, part in value.items()}
        return [expand(part) for part in value] if isinstance(value, list) else value

    expanded: dict[str, Any] = expand(schema)
    return expanded
