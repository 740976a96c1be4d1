"""Assembles the parts that the settings name."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from assistant.assistant import Assistant
from assistant.errors import SettingsError
from assistant.readers.cross_encoder import CrossEncoder
from assistant.readers.extractive import ExtractiveReader
from assistant.readers.linear import LinearScorer
from assistant.readers.remembering import Remembering
from assistant.readers.trained import TrainedScorer
from assistant.reranking import Reranker
from assistant.strategies.registry import build_strategies
from assistant.understanding.followup import make_standalone
from index import ArticleIndex
from index import reindex as rebuild_index
from index.engines.registry import find_engine
from index.passages.embedding_bundled import BundledEmbedder
from index.passages.onnx_models import known_providers
from index.sources import Limits
from index.sources.metadata.field_names import read_names

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from assistant.chat_models.chat_model import ChatModel
    from assistant.conversation import Conversation
    from assistant.readers.prompting import Prompts
    from assistant.settings import Settings
    from index.engines.engine import Engine
    from index.passages.embedding import Embedder


def build_engine(settings: Settings) -> Engine:
    """Return the engine that keeps the collection. Raises HomeError for an unknown one."""
    return find_engine(settings.engine, settings.home)


def open_index(
    settings: Settings, *, write: bool = False, purpose: str = "dateline", url: str | None = None
) -> ArticleIndex:
    """Open the collection with the configured embedder. Raises as `ArticleIndex.open` does."""
    return ArticleIndex.open(
        build_engine(settings), embedder=build_embedder(settings), write=write, purpose=purpose, url=url
    )


def reindex(settings: Settings, *, on_embedded: Callable[[int], None] | None = None) -> int:
    """Rebuild the collection's index and return how many articles it has. Raises as `ArticleIndex.open` does."""
    return rebuild_index(build_engine(settings), embedder=build_embedder(settings), on_embedded=on_embedded)


def chosen_limits(settings: Settings, *, fields: str = "", ids: str = "file") -> Limits:
    """Return the limits with a user's names for the fields of rows ("text=body") and the meaning of their ids.

    Raises ValueError for a field that articles do not have.
    """
    return dataclasses.replace(limits(settings), fields=read_names(fields), has_global_ids=ids == "global")


def limits(settings: Settings) -> Limits:
    """Return the limits on what is read."""
    return Limits(
        max_bytes=settings.max_file_mb * 2**20,
        read_seconds=settings.read_seconds,
        read_memory_mb=settings.read_memory_mb,
        allow_private=settings.allow_private_urls,
        keep_furniture=settings.keep_furniture,
        ocr_languages=settings.ocr_languages,
    )


def build_embedder(settings: Settings) -> Embedder:
    """Return the embedder of the index."""
    if settings.embedder == "bundled":
        return BundledEmbedder(providers=_providers(settings))
    from index.passages.embedding_llamaindex import load_embedder

    kind, _, model = settings.embedder.partition(":")
    if kind != "openai":
        return load_embedder(settings.embedder, settings.embedder_options)
    options = {
        "model_name": model or "text-embedding-3-small",
        "api_key": settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none",
        "api_base": settings.openai_base_url,
    }
    given = {name: value for name, value in options.items() if value} | settings.embedder_options
    return load_embedder("llama_index.embeddings.openai.OpenAIEmbedding", given)


def _providers(settings: Settings) -> tuple[str, ...]:
    """Return what runs the bundled models. Raises SettingsError if the installed onnxruntime does not have it."""
    if settings.providers:
        missing = [name for name in settings.providers if name not in known_providers()]
        if missing:
            raise SettingsError(
                f"The installed onnxruntime has no {missing[0]}.",
                help="Install a package that has it, such as onnxruntime-gpu, or unset DATELINE_PROVIDERS.",
            )
    return settings.providers


def build_assistant(
    settings: Settings, index: ArticleIndex, *, loop: asyncio.AbstractEventLoop | None = None
) -> Assistant:
    """Return an assistant over an open collection; build one per process, because it limits how many answers a model
    writes at once.

    A model's requests run on `loop`, which must not wait for an answer itself.
    """
    # Also where another embedder made the index: sentences are compared on this machine.
    providers = _providers(settings)
    embedder = Remembering(BundledEmbedder(providers=providers))
    trained = CrossEncoder(providers=providers) if settings.reader == "trained" else None
    scorer = (
        LinearScorer(embedder) if trained is None else TrainedScorer(trained, embedder, seconds=settings.rerank_seconds)
    )
    plain = ExtractiveReader(scorer, threshold=settings.not_found_below)
    reranker = (
        Reranker(trained, settings.rerank_passages, settings.rerank_seconds)
        if trained is not None and settings.rerank_passages
        else None
    )
    assistant = Assistant(
        index,
        plain,
        settings.read_passages,
        reranker=reranker,
        strategies=build_strategies(plain, has_model=_wants_model(settings)),
    )
    if not _wants_model(settings):
        return assistant
    from assistant.readers.generative import GenerativeReader
    from assistant.readers.prompting import load_prompts

    prompts = load_prompts(settings.prompts)
    model = build_chat_model(settings, loop=loop)
    reader = GenerativeReader(
        model,
        embedder,
        prompts,
        today=assistant.today,
        fallback=plain if settings.llm_failure == "fall back" else None,
        drop_unsupported=settings.unsupported == "drop",
    )
    rewrite = _rewrite_by(model, prompts, assistant) if settings.llm_followups else make_standalone
    price = settings.llm_prices.get(model.name)
    return dataclasses.replace(assistant, reader=reader, rewrite=rewrite, price=price)


def without_model(settings: Settings) -> Settings:
    """Return the settings without a language model."""
    return settings.model_copy(update={"llm": "none"})


def _wants_model(settings: Settings) -> bool:
    if settings.llm == "auto":
        return bool(settings.openai_api_key or settings.openai_base_url)
    return settings.llm != "none"


def build_chat_model(settings: Settings, *, loop: asyncio.AbstractEventLoop | None = None) -> ChatModel:
    """Return the language model that the settings name. Raises SettingsError if there is none."""
    from assistant.chat_models import llamaindex
    from assistant.chat_models.chat_model import ModelLimits, ModelSpec

    if not _wants_model(settings):
        raise SettingsError(
            "This needs a language model, and none is configured.",
            help="Set OPENAI_API_KEY or OPENAI_BASE_URL; docs/models.md says how.",
        )
    return llamaindex.build_chat_model(
        ModelSpec(
            model=settings.llm_model,
            api_key=settings.openai_api_key.get_secret_value() if settings.openai_api_key else None,
            base_url=settings.openai_base_url,
            llm_class=None if settings.llm in {"auto", "openai"} else settings.llm,
            llm_options=settings.llm_options,
            context_window=settings.llm_context_window,
            max_output=settings.llm_max_output,
            temperature=settings.llm_temperature,
        ),
        limits=ModelLimits(
            connect=settings.llm_connect_timeout,
            first_token=settings.llm_first_token_timeout,
            between_tokens=settings.llm_between_tokens_timeout,
            answer=settings.llm_answer_timeout,
            queue=settings.llm_queue_timeout,
            retry_wait=settings.llm_retry_wait,
            retries=settings.llm_retries,
            at_once=settings.llm_at_once,
        ),
        loop=loop,
    )


def _rewrite_by(model: ChatModel, prompts: Prompts, assistant: Assistant) -> Callable[[str, Conversation], str]:
    """Return what rewrites follow-ups through the model, falling back to rules if the model fails."""
    from assistant.chat_models.chat_model import ModelError
    from assistant.readers.prompting import compose_standalone
    from index.retrieval.retriever import MAX_QUESTION

    def rewrite(question: str, conversation: Conversation) -> str:
        if not conversation.turns:
            return question
        messages = compose_standalone(
            question, conversation.turns, model=model, today=assistant.today(), prompts=prompts
        )
        try:
            written = "".join(piece for piece in model.stream(messages) if isinstance(piece, str))
        except ModelError:
            return make_standalone(question, conversation)
        return " ".join(written.split())[:MAX_QUESTION] or make_standalone(question, conversation)

    return rewrite
