"""Uses all functions of Dateline one after the other, as a program to be watched: tests/test_no_network.py.

    python -m tests.quiet_use FOLDER

What Dateline and its libraries leave in HOME is in FOLDER/person afterwards.
"""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

import httpx

from tests.network_watch import Seen, namespaces, watched
from tests.scripted_llm import ScriptedLlm, say
from tests.serving import client
from tests.test_pdf import make as make_pdf
from tests.test_serve_command import READY

DATELINE = Path(sys.executable).with_name("dateline")
QUESTION = "What did Grushko demand?"
SAMPLES = Path(__file__).parent.parent / "index" / "samples"
PAGE = b"""<!doctype html><html><head><title>Ferry late</title><meta property="og:image" content="https://a.example/b.png">
<link rel="canonical" href="https://a.example/ferry"></head><body><article><h1>Ferry late</h1>
<p>The ferry to Zembla was two hours late on Monday, the harbour master said, because of fog in the strait.</p>
<p>He expected the service to be back to normal by Wednesday, when the weather is to be clear.</p></article></body>"""
UNGUARDED = "import onnxruntime, sys, time; session = onnxruntime.InferenceSession(sys.argv[1]); time.sleep(90)"
_NO_NAMES = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
LIBRARIES = """
import chromadb, gradio, huggingface_hub, llama_index.core, tiktoken, tokenizers, trafilatura
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.llms import MockLLM
from assistant.build import build_embedder
from assistant.settings import load_settings
from index import ArticleIndex
from index.retrieval.llamaindex import LlamaIndexRetriever
settings = load_settings(llm="none")
with ArticleIndex.open(settings.home, embedder=build_embedder(settings)) as index:
    retriever = LlamaIndexRetriever(index, k=3)
    print(RetrieverQueryEngine.from_args(retriever, llm=MockLLM()).query("What did Grushko demand?"))
"""


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def dateline(*words: str | Path) -> str:
    """Run a command of Dateline's and return what it printed."""
    return printed(DATELINE, *words)


def printed(*command: str | Path) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
    return ran.stdout


def main(folder: Path) -> None:
    os.environ |= {"HOME": str(folder / "person"), "DATELINE_ALLOW_PRIVATE_URLS": "1"}
    articles = folder / "articles"
    articles.mkdir()
    (articles / "a.md").write_text(
        "---\ntitle: Bridge\n---\nThe bridge at [Zembla](https://a.example) opened in May.\n"
    )
    (articles / "b.html").write_bytes(PAGE)
    (articles / "c.pdf").write_bytes(make_pdf(["The quay of Zembla was mended in June, the port said."]))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        dateline("add", "--sample", articles, f"http://127.0.0.1:{pages.server_port}/ferry")
        pages.shutdown()
    assert "ironclad" in dateline("ask", QUESTION)
    assert "Grushko" in dateline("search", QUESTION)
    dateline("evaluate", SAMPLES / "questions.jsonl", "--limit", "8", "--report", folder / "report")
    printed(sys.executable, "-c", LIBRARIES)
    with ScriptedLlm() as llm:
        llm.script(say("Grushko demanded ironclad security guarantees [1]."))
        serve(folder, llm)


def serve(folder: Path, llm: ScriptedLlm) -> None:
    """Use a server for as long as a library would need to call home, and longer."""
    environment = os.environ | {
        "DATELINE_LLM": "openai",
        "DATELINE_LLM_MODEL": "scripted",
        "OPENAI_BASE_URL": llm.url,
        "OPENAI_API_KEY": llm.key,
    }
    with subprocess.Popen(
        [DATELINE, "serve", "--port", "0"], env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            line = server.stdout.readline().strip()
            assert line.startswith(READY), line
            use_server(line.removeprefix(READY), folder)
        finally:
            server.terminate()
    assert server.returncode == 0


def use_server(url: str, folder: Path) -> None:
    asked = client.post(f"{url}/api/ask", json={"question": QUESTION}).json()
    assert asked["found"], asked
    wire = {"model": "dateline", "messages": [{"role": "user", "content": QUESTION}]}
    assert "[1]" in client.post(f"{url}/v1/chat/completions", json=wire).text
    assert client.get(f"{url}/").status_code == 200
    use_page(url, folder)
    if namespaces():
        seen = unguarded(folder)
        assert "events.data" in "".join(seen.tries), seen
    again = client.post(f"{url}/api/search", json={"query": QUESTION})
    assert again.status_code == httpx.codes.OK


def unguarded(folder: Path) -> Seen:
    """Wait until an onnxruntime that nobody told not to has called home, seen in a namespace of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    return watched(
        [sys.executable, "-c", UNGUARDED, SAMPLES.parent / "passages/models/all-MiniLM-L6-v2/model.onnx"],
        folder=folder,
        environment=environment | {"HOME": str(folder / "unguarded")},
        until_seen="events.data",
    )


def use_page(url: str, folder: Path) -> None:
    """Ask on the page, in a browser that itself looks up no names."""
    from tests.browser import ask, opened_browser, visiting

    os.environ["HOME"] = str(folder / "browser")
    with opened_browser(_NO_NAMES) as browser, visiting(browser, url) as page:
        ask(page, QUESTION)
        assert page.locator(".turn .chip").count() > 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
