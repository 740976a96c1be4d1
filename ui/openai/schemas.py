"""Requests and responses in the OpenAI wire format, as far as Dateline uses it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from assistant.records import CitationRecord  # noqa: TC001 - pydantic looks it up

_TEXT: dict[str, Any] = {"type": "string", "pattern": r"\S"}
_PART: dict[str, Any] = {
    "type": "object",
    "required": ["type", "text"],
    "properties": {"type": {"const": "text"}, "text": _TEXT},
}
_QUESTION: dict[str, Any] = {
    "type": "object",
    "required": ["role", "content"],
    "properties": {
        "role": {"const": "user"},
        "content": {"anyOf": [_TEXT, {"type": "array", "contains": _PART}]},
    },
}


class _Read(BaseModel):
    """A part of a request; the many other fields that clients send are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore")


class ContentPart(_Read):
    """One part of a message; only parts of type `text` are read."""

    type: str = Field(description="`text`; parts of other types, such as images, are ignored.", examples=["text"])
    text: str | None = Field(default=None, description="The text of a `text` part.")


class ChatMessage(_Read):
    """One message of the chat so far."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"] = Field(
        description="Only `user` and `assistant` are read: a chat cannot change how answers are written and cited."
    )
    content: str | list[ContentPart] | None = Field(default=None, description="Text, or a list of parts.")

    @property
    def text(self) -> str:
        """The text of the message, each part on its own lines."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or () if part.type == "text" and part.text)


class StreamOptions(_Read):
    """Options of a stream."""

    include_usage: bool | None = Field(default=None, description="Send the usage in a last chunk without choices.")


class ResponseFormat(_Read):
    """The form of the answer."""

    type: Literal["text"] = Field(description="Answers are text; there is no JSON mode.")


class ChatRequest(_Read):
    """A request for the answer to the last question of a chat.

    Unknown fields are ignored, and so are those that steer how a model writes (`temperature`, `max_tokens`, `stop`,
    `seed`, ...), `tools` and `user`: the server's settings say how answers are made. What would promise another form of
    answer than text is refused: `n` over 1, `tool_choice` that demands a call, `response_format` JSON, audio.
    """

    model: str = Field(
        default="dateline",
        description="Which reader answers: `dateline` the configured one, `dateline-extractive` quotes sentences "
        "word for word without a language model.",
    )
    messages: list[ChatMessage] = Field(
        min_length=1,
        json_schema_extra={"contains": _QUESTION},
        description="The chat so far, oldest first. The last `user` message with text is the question; the turns "
        "before it (the newest ten) give a follow-up its meaning. System, developer and tool messages are ignored.",
    )
    stream: bool | None = Field(default=None, description="Send the answer as server-sent events while it is written.")
    stream_options: StreamOptions | None = Field(default=None, description="Options of a stream.")
    n: int | None = Field(default=None, ge=1, le=1, description="How many answers; only 1 is supported.")
    tool_choice: Literal["none", "auto"] | None = Field(default=None, description="No tool is ever called.")
    response_format: ResponseFormat | None = Field(default=None, description="The form of the answer.")
    modalities: list[Literal["text"]] | None = Field(default=None, description="Answers are text.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "dateline-extractive",
                    "messages": [{"role": "user", "content": "What did Grushko demand?"}],
                }
            ]
        }
    )

    @field_validator("messages")
    @classmethod
    def _asks(cls, messages: list[ChatMessage]) -> list[ChatMessage]:
        if not any(message.role == "user" and message.text.strip() for message in messages):
            raise ValueError("there is no user message with text, so there is no question")
        return messages


class UrlCitation(BaseModel):
    """The position of a marker, and the article it leads to."""

    start_index: int = Field(ge=0, description="Where the marker begins in the content, in characters from 0.")
    end_index: int = Field(ge=0, description="Where it ends: `content[start_index:end_index]` is `[1]`, for example.")
    title: str = Field(description="Title of the article, or else its source or address.")
    url: str = Field(description="Address of the article; where it has none, its address at this server.")


class Annotation(BaseModel):
    """One marker of the text."""

    type: Literal["url_citation"] = Field(description="Always `url_citation`.")
    url_citation: UrlCitation = Field(description="The marker and its article.")


class AnswerMessage(BaseModel):
    """The answer as a message."""

    role: Literal["assistant"] = Field(description="Always `assistant`.")
    content: str = Field(description="The text with markers `[1]`, then a paragraph `Note: ...` if there is a notice.")
    refusal: None = Field(description="Always null: “not in these articles” is an answer like any other.")
    annotations: list[Annotation] = Field(description="One for each marker, in the order of the text.")


class Choice(BaseModel):
    """The one answer."""

    index: Literal[0] = Field(description="Always 0.")
    message: AnswerMessage = Field(description="The answer.")
    logprobs: None = Field(description="Always null.")
    finish_reason: Literal["stop"] = Field(description="Always `stop`.")


class TokenUsage(BaseModel):
    """Tokens that the language model read and wrote; zeros where none was used or the model reported none."""

    prompt_tokens: int = Field(ge=0, description="Tokens read.")
    completion_tokens: int = Field(ge=0, description="Tokens written.")
    total_tokens: int = Field(ge=0, description="Both together.")


class SearchResult(BaseModel):
    """A source as Perplexity lists them: the first is that of marker `[1]`."""

    title: str = Field(description="Title of the article, or else its source or address.")
    url: str = Field(description="Address of the article; where it has none, its address at this server.")
    date: str | None = Field(description="Day of publication.")
    snippet: str = Field(description="The words that are cited.")


class ChatCompletion(BaseModel):
    """The answer to a question."""

    id: str = Field(description="Unique for each answer.")
    object: Literal["chat.completion"] = Field(description="Always `chat.completion`.")
    created: int = Field(description="When it was made, in seconds since 1970.")
    model: str = Field(description="The model that was asked for.")
    choices: list[Choice] = Field(min_length=1, max_length=1, description="The one answer.")
    usage: TokenUsage = Field(description="Tokens of the language model.")
    citations: list[CitationRecord] = Field(description="The citations by number, as in the answer of `/api/ask`.")
    search_results: list[SearchResult] = Field(description="The same in Perplexity's form.")
    answer: dict[str, Any] = Field(
        description="The answer of `/api/ask` without its passages: `found`, `short_answer`, `confidence`, "
        "`statements` with their support, `reader`, `notice` and more."
    )


class ModelObject(BaseModel):
    """A model, which stands for a reader."""

    id: str = Field(description="Its name.", examples=["dateline"])
    object: Literal["model"] = Field(description="Always `model`.")
    created: int = Field(description="When this server started, in seconds since 1970.")
    owned_by: Literal["dateline"] = Field(description="Always `dateline`.")


class ModelList(BaseModel):
    """The models there are."""

    object: Literal["list"] = Field(description="Always `list`.")
    data: list[ModelObject] = Field(description="The models.")


class ErrorObject(BaseModel):
    """What went wrong, as OpenAI words it."""

    message: str = Field(description="What happened, and what to do.")
    type: str = Field(description="Kind of error, such as `invalid_request_error`.")
    param: str | None = Field(description="The field of the request it is about.")
    code: str | None = Field(description="The error in one word, such as `model_not_found`.")


class ErrorBody(BaseModel):
    """Every failure of /v1 has this form."""

    error: ErrorObject = Field(description="What went wrong.")
