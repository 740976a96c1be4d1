"""Everything that can go wrong while articles are read, stored or searched, one sentence each.

Each message says what happened; `help` says what to do next. No caller needs to show a traceback.

    DatelineError
      SourceError            a file or feed could not be turned into articles
        FetchError           a URL could not be fetched, or may not be
          UnreachableError   nothing came from it; the reason could reveal the internal network
      HomeError              the home folder cannot be used
        NewerHomeError       it was written by a newer Dateline
        HomeLockedError      another process is writing to it
        IndexMismatchError   it was built by another embedder, chunking or format
      UnsupportedError       the engine that keeps the collection cannot do this
      BackupError            an archive could not be made, or cannot be trusted
      EmbeddingError         an embedder could not be loaded or failed
      FilterError            a filter could not be understood
      ArticleNotFoundError   no article has this id
"""


class DatelineError(Exception):
    """The root of all expected failures: `str(error)` says what happened, `error.help` what to do next."""

    def __init__(self, message: str, *, help: str | None = None) -> None:  # noqa: A002 - the word users see
        super().__init__(message)
        self.help = help


class SourceError(DatelineError):
    """A file, folder, page or feed could not be turned into articles."""


class FetchError(SourceError):
    """A URL could not be fetched, or Dateline is not allowed to fetch it."""


class UnreachableError(FetchError):
    """Nothing came from a URL. The reason could reveal names, addresses and ports that only this machine can see."""


class HomeError(DatelineError):
    """The home folder is missing, not writable, or not a Dateline home."""


class NewerHomeError(HomeError):
    """A file of the home has a format that only a newer Dateline knows."""

    def __init__(self, file: object) -> None:
        super().__init__(f"{file} was written by a newer Dateline.", help="Update Dateline.")


class HomeLockedError(HomeError):
    """Another process is writing to the home."""


class IndexMismatchError(HomeError):
    """The home was built by another embedder, chunking or format version."""


class UnsupportedError(DatelineError):
    """The engine that keeps the collection cannot do what was asked."""


class BackupError(DatelineError):
    """An archive of a collection could not be made, is damaged, or is not an archive."""


class EmbeddingError(DatelineError):
    """An embedder could not be loaded, or failed."""


class FilterError(DatelineError):
    """A filter could not be understood, such as an invalid date."""


class ArticleNotFoundError(DatelineError):
    """No article in the collection has this id."""
