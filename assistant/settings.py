"""Everything a person can set, each by an environment variable `DATELINE_...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings import SettingsError as SettingsSourceError

from assistant.errors import SettingsError
from index.engines.registry import DEFAULT


def _split(value: object) -> object:
    """Return a text with commas as its parts."""
    if not isinstance(value, str):
        return value
    return tuple(part for part in (part.strip() for part in value.split(",")) if part)


def _as_root_path(value: object) -> object:
    """Return a path with a slash before it and none behind; the root itself is empty."""
    return f"/{value.strip('/')}".rstrip("/") if isinstance(value, str) else value


RootPath = Annotated[str, BeforeValidator(_as_root_path)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """The settings of one run; docs/settings.md lists them."""

    model_config = SettingsConfigDict(
        env_prefix="DATELINE_", extra="ignore", env_ignore_empty=True, populate_by_name=True
    )

    home: Path = Field(
        default_factory=lambda: user_data_path("dateline", appauthor=False),
        description="Folder of the collection.",
    )
    engine: str = Field(
        default=DEFAULT, description="What keeps the collection: embedded, or another engine as NAME:LOCATION."
    )
    read_passages: int = Field(default=8, ge=1, le=50, description="Passages the reader reads for one answer.")
    reader: Literal["trained", "linear"] = Field(
        default="trained", description="What reads without a language model: the trained reader, or plain features."
    )
    rerank_passages: int = Field(
        default=8, ge=0, le=50, description="Passages that the trained reader reorders; 0 keeps the retrieval order."
    )
    rerank_seconds: float = Field(
        default=2, gt=0, description="Seconds after which the trained reader starts no further passage."
    )
    not_found_below: float | None = Field(
        default=None, ge=0, le=1, description="Confidence below which the answer is “not in these articles”."
    )
    allow_private_urls: bool = Field(
        default=False, description="Fetch from private, loopback and link-local addresses too."
    )
    llm: str = Field(
        default="auto",
        description="auto: a language model if one is configured; none; openai; or the full name of a LlamaIndex LLM.",
    )
    llm_model: str | None = Field(default=None, description="Name of the model at OpenAI or at OPENAI_BASE_URL.")
    llm_options: dict[str, Any] = Field(default_factory=dict, description="Arguments for a LlamaIndex LLM, as JSON.")
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY", description="The key.")
    openai_base_url: str | None = Field(
        default=None, validation_alias="OPENAI_BASE_URL", description="An OpenAI-compatible server."
    )
    llm_context_window: int | None = Field(
        default=None, ge=512, description="Tokens that fit into the model's window, read and written."
    )
    llm_max_output: int = Field(default=1024, ge=16, description="Most tokens in one answer.")
    llm_temperature: float = Field(default=0.0, ge=0, le=2, description="How freely the model chooses its words.")
    llm_connect_timeout: float = Field(default=5, gt=0, description="Most seconds to reach the server.")
    llm_first_token_timeout: float = Field(default=60, gt=0, description="Most seconds to the first sign of an answer.")
    llm_between_tokens_timeout: float = Field(default=30, gt=0, description="Most seconds of silence within an answer.")
    llm_answer_timeout: float = Field(default=180, gt=0, description="Most seconds for a whole answer.")
    llm_queue_timeout: float = Field(default=30, gt=0, description="Most seconds to wait for a free slot.")
    llm_retries: int = Field(default=2, ge=0, le=10, description="Retries after a failure that may be temporary.")
    llm_retry_wait: float = Field(default=20, ge=0, description="Most seconds to wait before a retry.")
    llm_at_once: int = Field(default=8, ge=1, description="Answers written at the same time.")
    llm_failure: Literal["fall back", "fail"] = Field(
        default="fall back",
        description="What to do when the model fails for good: answer without it, or report the failure.",
    )
    llm_followups: bool = Field(default=True, description="Let the model rewrite follow-ups as complete questions.")
    llm_prices: dict[str, tuple[float, float]] = Field(
        default_factory=dict, description="Price of a million input and output tokens, by model, as JSON."
    )
    unsupported: Literal["mark", "drop"] = Field(
        default="mark", description="What to do with statements that no cited passage supports."
    )
    prompts: Path | None = Field(default=None, description="Folder of prompts that override the built-in ones.")
    embedder: str = Field(
        default="bundled", description="bundled, openai:MODEL, or the full name of a LlamaIndex embedding."
    )
    embedder_options: dict[str, Any] = Field(
        default_factory=dict, description="Arguments for a LlamaIndex embedding, as JSON."
    )
    providers: Words = Field(
        default=(), description="onnxruntime's providers that run the bundled models, such as CUDAExecutionProvider."
    )
    answers_at_once: int = Field(default=8, ge=1, description="Most answers and searches a server runs at a time.")
    answers_waiting: int = Field(
        default=64, ge=0, description="Most answers and searches waiting in a server; more are turned away."
    )
    answer_timeout: float = Field(
        default=300, gt=0, description="Most seconds a server spends on an answer, including the wait."
    )
    stop_timeout: float = Field(default=10, ge=0, description="Seconds that answers get to finish when a server stops.")
    request_timeout: float = Field(default=30, gt=0, description="Most seconds between two pieces of a request.")
    host: str = Field(default="127.0.0.1", description="Address a server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port a server listens on; 0 picks a free one.")
    insecure: bool = Field(default=False, description="Also serve what no key or user protects, to everyone.")
    api_keys: Secrets = Field(default=(), description="Keys that REST and /v1 require, separated by commas.")
    users: Secrets = Field(default=(), description="Who may use the chat, as `name:password`, separated by commas.")
    session_hours: float = Field(default=168, gt=0, description="Hours after which a user must sign in again.")
    session_idle_hours: float = Field(default=12, gt=0, description="Hours without use after which a session ends.")
    user_header: str = Field(
        default="", description="Header in which the proxies of DATELINE_PROXIES name the user they have signed in."
    )
    quota: int = Field(
        default=0, ge=0, description="Questions that each user, key or address may ask per day; 0 means no limit."
    )
    hosts: Words = Field(default=(), description="Additional host names the server answers to, such as a proxy's.")
    proxies: Words = Field(default=(), description="Addresses of proxies whose `X-Forwarded-*` headers are trusted.")
    cors_origins: Words = Field(default=(), description="Web origins whose pages may call REST and /v1.")
    rate_limit: str = Field(
        default="auto",
        description="Requests a key or an address may make, such as `240/minute`; `off`; or `auto`.",
    )
    max_upload_mb: int = Field(default=200, ge=1, description="Largest request body a server takes, in MiB.")
    root_path: RootPath = Field(default="", description="Path under which a proxy serves it, such as `/dateline`.")
    log_format: Literal["text", "json"] = Field(default="text", description="How a server writes its log.")
    max_file_mb: int = Field(default=50, ge=1, description="Largest file or web page that is read, in MiB.")
    read_seconds: float = Field(default=60, gt=0, description="Most seconds for reading a file or web page.")
    keep_furniture: bool = Field(
        default=False, description="Keep the lines of pages that are not part of an article, such as share buttons."
    )
    ocr_languages: str = Field(
        default="eng",
        pattern=r"[A-Za-z_]+(\+[A-Za-z_]+)*",
        description="Languages of scanned pages, such as `eng+deu`.",
    )
    read_memory_mb: int = Field(default=1024, ge=256, description="Memory limit for reading, in MiB.")


def load_settings(**given: Any) -> Settings:
    """Return the settings of this process; what is `given` and not None takes precedence. Raises SettingsError."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except SettingsSourceError as error:
        raise SettingsError(f"A setting is not valid JSON: {error}.", help="Correct or unset it.") from None
    except ValidationError as error:
        problem = error.errors()[0]
        field = str(problem["loc"][0])
        name = field if field.isupper() else f"DATELINE_{field.upper()}"
        raise SettingsError(
            f"{name} cannot be {problem['input']!r:.80}: {problem['msg']}.", help="Correct or unset it."
        ) from None
