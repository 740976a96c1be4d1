"""The handlers for asking, opening, deleting and rating: values of the page in, values of the page out."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant import Conversation
from index.errors import DatelineError
from ui.chat.export import as_json, as_markdown
from ui.chat.log import chat_html, suggestions_html, turn_html
from ui.chat.side import side_html
from ui.chat.talk import frames
from ui.chat.turns import Chat, ChatTurn, QuestionWish
from ui.chat.visitors import acting_for, user_of
from ui.chat.welcome import first_steps_html, not_ready_html, welcome_html
from ui.conversations.kept import Feedback

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from index import Filters
    from ui.chat.examples import Examples
    from ui.conversations.history import History
    from ui.service.service import Service

_log = logging.getLogger("dateline.chat")

Shown = tuple[Any, Any, Any]
"""The conversation (state), its HTML, and the HTML of the list of conversations; `gr.skip()` for no change."""


class Handlers:
    """Serves every browser tab; the state of a tab is passed in and returned, and never kept here."""

    def __init__(self, service: Service, history: History, examples: Examples) -> None:
        self._service = service
        self._history = history
        self._examples = examples
        self._stops: dict[str, asyncio.Event] = {}  # to stop the answers in progress, by browser tab

    async def arrive(self, chat: Chat, request: gr.Request) -> tuple[str, str]:
        """Return the contents of an empty chat, and the conversations of the user."""
        return await self._welcome(request), await self._side(chat, request)

    async def ask(
        self, chat: Chat, given: dict[str, Any], filters: Filters, request: gr.Request
    ) -> AsyncGenerator[Shown, None]:
        """Answer a question; with `replaces` instead of the last one."""
        wish = QuestionWish(question=str(given.get("question") or "").strip(), filters=filters.as_json())
        if not wish.question:
            yield gr.skip(), gr.skip(), gr.skip()
            return
        replaces = None
        if given.get("replaces") and chat.turns:
            chat, replaces = chat.without_last(), chat.turns[-1].place
        async for shown in self._answer(chat, wish, filters, replaces, request):
            yield shown

    async def ask_again(
        self, chat: Chat, given: dict[str, Any], filters: Filters, request: gr.Request
    ) -> AsyncGenerator[Shown, None]:
        """Ask the last question again, without its time, its kind or the earlier turns if `without` names one."""
        if not chat.turns:
            return
        last = chat.turns[-1]
        without = given.get("without")
        wish = dataclasses.replace(
            last.wish,
            filters=filters.as_json(),
            read_times=last.wish.read_times and without != "times",
            read_kind=last.wish.read_kind and without != "kind",
            follows=last.wish.follows and without != "follows",
        )
        async for shown in self._answer(chat.without_last(), wish, filters, last.place, request):
            yield shown

    async def suggest(self, chat: Chat) -> str:
        """Return suggestions for the next question."""
        last = chat.turns[-1] if chat.turns else None
        if last is None or last.answer is None:
            return ""
        return suggestions_html(await self._examples.follow(last.answer), after=chat.key)

    async def stop(self, request: gr.Request) -> None:
        """Stop the answer in progress in this browser tab."""
        if (stop := self._stops.get(request.session_hash or "")) is not None:
            stop.set()

    async def begin(self, request: gr.Request) -> Shown:
        """Start a new conversation."""
        return await self._show(Chat(), request)

    async def open(self, chat: Chat, given: dict[str, Any], request: gr.Request) -> Shown:
        """Reopen a conversation of this user."""
        try:
            kept = await asyncio.to_thread(self._history.load, user_of(request), str(given.get("id")))
        except DatelineError as error:
            gr.Info(str(error))
            return gr.skip(), gr.skip(), await self._side(chat, request)
        return await self._show(Chat.reopened(kept), request)

    async def delete(self, chat: Chat, given: dict[str, Any], request: gr.Request) -> Shown:
        """Delete a conversation of this user."""
        id_ = str(given.get("id"))
        with contextlib.suppress(DatelineError):  # it no longer exists
            await asyncio.to_thread(self._history.delete, user_of(request), id_)
        return await self._show(Chat() if chat.id == id_ else chat, request)

    async def rate(self, chat: Chat, given: dict[str, Any], request: gr.Request) -> Shown:
        """Save the user's rating of an answer."""
        turn = next((turn for turn in chat.turns if turn.number and turn.number == given.get("turn")), None)
        if turn is None or chat.id is None or turn.number is None:
            return gr.skip(), gr.skip(), gr.skip()
        feedback = Feedback(good=bool(given.get("good")), reason=str(given.get("reason") or ""))
        try:
            await asyncio.to_thread(
                self._history.feedback,
                user_of(request),
                chat.id,
                turn.number,
                good=feedback.good,
                reason=feedback.reason,
            )
        except DatelineError as error:
            gr.Info(str(error))
            return gr.skip(), gr.skip(), gr.skip()
        rated = dataclasses.replace(turn, feedback=feedback)
        chat = Chat(chat.id, tuple(rated if other is turn else other for other in chat.turns))
        return chat, chat_html(chat), gr.skip()

    async def export(self, chat: Chat, given: dict[str, Any]) -> dict[str, str]:
        """Return the conversation as a file: its name, type and text."""
        kept = chat.as_kept()
        if given.get("format") == "json":
            return {"name": "conversation.json", "type": "application/json", "text": as_json(kept)}
        return {"name": "conversation.md", "type": "text/markdown", "text": as_markdown(kept)}

    async def add_samples(self, added: int, request: gr.Request) -> tuple[str, int]:
        """Add the sample collection, and count the change."""
        try:
            await asyncio.to_thread(acting_for(request, self._service).add_samples)
        except DatelineError as error:
            gr.Warning(f"{error} {error.help or ''}")
        return await self._welcome(request), added + 1

    async def _answer(
        self, chat: Chat, wish: QuestionWish, filters: Filters, replaces: int | None, request: gr.Request
    ) -> AsyncGenerator[Shown, None]:
        """Yield the page while an answer is written, then with the saved answer."""
        page = request.session_hash or ""
        if page in self._stops:
            return  # one answer at a time
        stop = self._stops[page] = asyncio.Event()
        before, turn = chat, ChatTurn(wish=wish)
        place = len(before.turns)
        earlier = chat_html(before.with_turn(turn))[:place]
        try:
            conversation = await self._conversation_before(before, replaces, request)
            mine = acting_for(request, self._service)
            coming = frames(mine, wish, conversation=conversation, filters=filters, stop=stop, replaces=replaces)
            async with contextlib.aclosing(coming) as turns:
                async for turn in turns:
                    if turn.state == "running":
                        yield gr.skip(), [*earlier, turn_html(turn, place=place, is_last=True)], gr.skip()
            chat = await self._keep(before.with_turn(turn), request)
        finally:
            del self._stops[page]
        yield await self._show(chat, request)  # only now: the next question must find this turn in the conversation

    async def _conversation_before(self, chat: Chat, replaces: int | None, request: gr.Request) -> Conversation:
        """Return what a follow-up can refer to, from the history, because what was removed since must not come back."""
        if chat.id is None:
            return Conversation()
        try:
            kept = await asyncio.to_thread(self._history.load, user_of(request), chat.id)
        except DatelineError:  # deleted meanwhile, in another tab
            return Conversation()
        return kept.as_asked(before=replaces)

    async def _keep(self, chat: Chat, request: gr.Request) -> Chat:
        """Save the last turn, if it has an answer, and return the saved conversation."""
        turn = chat.turns[-1]
        if turn.answer is None:
            return chat
        try:
            id_, number = await asyncio.to_thread(
                self._history.append, user_of(request), chat.id, turn.as_kept(), replaces=turn.replaces
            )
        except DatelineError:  # deleted meanwhile, in another tab
            id_, number = await asyncio.to_thread(self._history.append, user_of(request), None, turn.as_kept())
        return Chat(id_, chat.without_last().with_turn(dataclasses.replace(turn, number=number)).turns)

    async def _show(self, chat: Chat, request: gr.Request) -> Shown:
        return chat, chat_html(chat), await self._side(chat, request)

    async def _welcome(self, request: gr.Request) -> str:
        try:
            _, articles = self._service.index.sizes()
            if not articles:
                return first_steps_html(may_add=acting_for(request, self._service).may_change)
            return welcome_html(await self._examples.find(), articles=articles)
        except DatelineError as error:
            return not_ready_html(f"{error} {error.help or ''}")

    async def _side(self, chat: Chat, request: gr.Request) -> str:
        return side_html(await asyncio.to_thread(self._history.list, user_of(request)), current=chat.id)
