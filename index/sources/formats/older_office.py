"""Files of Office before 2007 (.doc, .xls, .ppt): LibreOffice, where it is installed, makes newer ones of them."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import SourceError
from index.sources.formats.format import Format, InnerFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from index.sources.formats.format import Content
    from index.sources.limits import Limits

_PROGRAMS = ("soffice", "libreoffice")
_NEWER = {"doc": "docx", "xls": "xlsx", "ppt": "pptx"}
_SHARE = 0.8  # of the time for reading a file, for making a newer one
_PACKED, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def read_older(stream: BinaryIO, content: Content, limits: Limits, *, ending: str) -> Iterator[InnerFile]:
    """Yield the newer file that is made of an older one, or that has only an older one's name.

    Raises SourceError if that takes LibreOffice and it is not installed, or it cannot read the file.
    """
    data = stream.read()
    newer = _NEWER[ending]
    if not data.startswith(_PACKED):
        if not data.startswith(_COMPOUND):
            raise SourceError(
                f"{content.origin} is not a file of an office program.", help="Open it and save it again as .docx."
            )
        data = _converted(data, ending, origin=content.origin, limits=limits)
    yield InnerFile(name=f"{Path(content.origin).stem}.{newer}", stream=io.BytesIO(data), url=content.url)


def _converted(data: bytes, ending: str, *, origin: str, limits: Limits) -> bytes:
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    newer = _NEWER[ending]
    if program is None:
        raise SourceError(
            f"{origin} is in a format of Office before 2007, which takes LibreOffice, and that is not installed.",
            help=f"Install LibreOffice, or open the file and save it as .{newer}.",
        )
    failed = SourceError(f"{origin} could not be read by LibreOffice.", help=f"Open it and save it as .{newer}.")
    with tempfile.TemporaryDirectory(prefix="dateline-") as folder:
        source, made = Path(folder, f"file.{ending}"), Path(folder, "out", f"file.{newer}")
        source.write_bytes(data)
        command = [
            program,
            "--headless",
            "--norestore",
            f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",  # one that is open would not start again
            *("--convert-to", newer, "--outdir", str(made.parent), str(source)),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - the user's own program, on a file that we named
                command,
                capture_output=True,
                timeout=_SHARE * limits.read_seconds,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired):
            raise failed from None
        if done.returncode or not made.is_file() or made.stat().st_size > limits.max_bytes:
            raise failed
        return made.read_bytes()


def _format(ending: str, label: str, media_type: str) -> Format:
    return Format(
        name=ending,
        label=label,
        suffixes=(f".{ending}",),
        media_types=(media_type,),
        read=lambda stream, content, limits: read_older(stream, content, limits, ending=ending),
        holds="members",
    )


DOC = _format("doc", "", "application/msword")
XLS = _format("xls", "", "application/vnd.ms-excel")
PPT = _format("ppt", "files of Office before 2007 (with LibreOffice)", "application/vnd.ms-powerpoint")
