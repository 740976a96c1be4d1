from __future__ import annotations

from pathlib import Path

import pytest

from assistant import SettingsError
from assistant.build import build_embedder
from assistant.settings import Settings, load_settings


def test_arguments_take_precedence_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_HOME", "/somewhere")
    monkeypatch.setenv("DATELINE_READ_PASSAGES", "5")
    monkeypatch.setenv("DATELINE_LLM_MODEL", "")
    monkeypatch.setenv("DATELINE_LLM_PRICES", '{"m": [1, 2]}')
    monkeypatch.setenv("OPENAI_API_KEY", "secret-key")
    settings = load_settings(home=Path("/elsewhere"), llm=None)
    assert (settings.home, settings.read_passages, settings.llm_model) == (Path("/elsewhere"), 5, None)
    assert settings.llm_prices == {"m": (1, 2)}
    assert settings.openai_api_key is not None
    assert "secret-key" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATELINE_READ_PASSAGES", "many"),
        ("DATELINE_READ_PASSAGES", "0"),
        ("DATELINE_NOT_FOUND_BELOW", "2"),
        ("DATELINE_UNSUPPORTED", "hide"),
        ("DATELINE_LLM_FAILURE", "ignore"),
        ("DATELINE_LLM_OPTIONS", "{not json"),
        ("DATELINE_LLM_PRICES", '{"m": [1]}'),
    ],
)
def test_a_value_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert name in str(caught.value) or name.removeprefix("DATELINE_").lower() in str(caught.value)
    assert caught.value.help


def test_an_unknown_provider_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no NoSuchProvider") as caught:
        build_embedder(Settings(home=tmp_path, providers=("NoSuchProvider",)))
    assert "DATELINE_PROVIDERS" in (caught.value.help or "")
    made = build_embedder(Settings(home=tmp_path, providers=("CPUExecutionProvider",)))
    assert made.embed(["a"]).tolist() == build_embedder(Settings(home=tmp_path)).embed(["a"]).tolist()
