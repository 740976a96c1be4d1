"""A busy user does not make others wait, on a real server with a slow model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.browser import copied
from tests.scripted_llm import Gate, ScriptedLlm, say
from tests.serving import client, running, settings, wait_until
from tests.test_access import key

if TYPE_CHECKING:
    from pathlib import Path


def test_a_single_question_overtakes_the_queue_of_a_busy_user(sample_home: Path, tmp_path: Path) -> None:
    home = copied(sample_home, tmp_path)
    much, little = key(home, "much"), key(home, "little")
    gate, done = Gate(), []
    with ScriptedLlm() as model, ThreadPoolExecutor(8) as threads:
        model.script(say("Guarantees [1].", before=[gate]), say("Guarantees [1]."))
        given = settings(
            home,
            llm="openai",
            llm_model="scripted",
            openai_api_key=model.key,
            openai_base_url=model.url,
            answers_at_once=1,
            rate_limit="off",
        )
        with running(given) as server:
            answering = server.app.state.service.answering

            def ask(who: str, headers: dict[str, str]) -> None:
                body = {"question": "What did Grushko demand?"}
                assert client.post(f"{server.url}/api/ask", json=body, headers=headers).status_code == 200
                done.append(who)

            asked = [threads.submit(ask, "much", much) for _ in range(6)]
            wait_until(lambda: answering.running == 1 and answering.waiting == 5)
            asked.append(threads.submit(ask, "little", little))
            wait_until(lambda: answering.waiting == 6)
            gate.open()
            for future in asked:
                future.result()
    assert done.index("little") <= 2  # after the one at work; the next may end before this one has been told
