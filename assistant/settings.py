"""Everything a person can set, each by an environment variable `DATELINE_...`."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.errors import SettingsError


class Settings(BaseSettings):
    """The settings of one run; docs/settings.md lists them."""

    model_config = SettingsConfigDict(env_prefix="DATELINE_", extra="ignore")

    home: Path = Field(
        default_factory=lambda: user_data_path("dateline", appauthor=False),
        description="Folder of the collection.",
    )
    read_passages: int = Field(default=8, ge=1, le=50, description="Passages the reader reads for one answer.")
    not_found_below: float | None = Field(
        default=None, ge=0, le=1, description="Confidence below which the answer is “not in these articles”."
    )
    allow_private_urls: bool = Field(
        default=False, description="Fetch from private, loopback and link-local addresses, too."
    )
    max_file_mb: int = Field(default=50, ge=1, description="Largest file or web page that is read, in MiB.")


def load_settings(*, home: Path | None = None) -> Settings:
    """Return the settings of this process; `home` goes before DATELINE_HOME. Raises SettingsError."""
    try:
        return Settings(home=home) if home else Settings()
    except ValidationError as error:
        problem = error.errors()[0]
        name = "DATELINE_" + "_".join(str(part) for part in problem["loc"]).upper()
        raise SettingsError(
            f"{name} cannot be {problem['input']!r}: {problem['msg']}.", help="Correct or unset it."
        ) from None
