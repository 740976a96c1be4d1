"""Decodes bytes: which encoding a file or a page uses, whatever it says about itself.

A byte order mark decides; then text that is UTF-8, but for a few stray bytes; then the encodings that are declared, as
browsers read their names; and without one that fits, charset-normalizer's guess, which is told in a notice. Bytes that
are no characters become U+FFFD, which `Article.create` counts and tells.
"""

from __future__ import annotations

import codecs
import dataclasses
import io
import itertools
import re
from typing import TYPE_CHECKING, BinaryIO

from index.errors import SourceError
from index.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable

_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark is how this one begins
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# The encoding standard of the web reads these names as the larger sets that Windows and Hong Kong made of them.
_SUPERSETS = {
    "big5": ("big5hkscs", "cp950"),
    "euc-kr": ("cp949",),
    "gbk": ("gb18030",),
    "iso-8859-8-i": ("iso8859_8",),
    "macintosh": ("mac_roman",),
    "shift_jis": ("cp932",),
    "windows-874": ("cp874",),
    "x-mac-cyrillic": ("mac_cyrillic",),
}
# Python also has codecs that are no character sets (punycode, unicode_escape); a page may not choose those.
_CHARACTER_SETS = re.compile(r"ascii|big5|cp\d|euc|gb|hz|iso|koi8|latin|mac|shift|tis|utf", re.IGNORECASE)
# What texts without a declaration are in; where two fit alike, the first.
_LEGACY = (
    "cp1252", "cp1250", "cp1251", "koi8_r", "cp866", "cp1253", "cp1254", "cp1255", "cp1256", "cp874", "mac_roman",
    "mac_cyrillic", "iso8859_2", "cp932", "euc_jp", "gb18030", "big5hkscs", "cp949",
)  # fmt: skip
_WINDOWS = "cp1252"
_CHUNK = 2**20
_HEAD = 4096
_SAMPLE = 2**14  # bytes that an encoding is told by
_STRAY = 0.02  # of the bytes beyond ASCII that a declared encoding may not know
_FEW_STRAY = 2
_MANY_TIMES = 2
_CONTROLS = 0.05  # of the first bytes
_WIDE = 0.3  # of the first bytes that are zero in UTF-16 of Latin letters
_MOST_CHAOS = 0.2  # charset-normalizer's measure of text that nobody would write
_ALIKE = 0.05  # in its measures
_COHERENT = 0.1  # its measure of text in some language
_SURE = 0.3
_XML = re.compile(rb"\A\s*+(<\?xml[^>]{1,200}?)\s+encoding\s*+=\s*+[\"']([\w.:-]{1,40})[\"']")
_XML_TEXT = re.compile(_XML.pattern.decode())
_PIECES = re.compile(rb"[\n<>]")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_ESCAPED_JAPANESE = re.compile(rb"\x1b\$[@B]")
# Signs where no word has one ("W³adze", "t‰n‰‰n"), and what only a wrong codec makes.
_ODD = re.compile(
    r"(?<=[^\W\d_])[^\s\w'’‘“”«»„.,:;!?()\[\]\"/…–—\-]|[¢-¯±-¿×÷](?=[^\W\d_])|[\ue000-\uf8ff\uff61-\uff9f]"
)
# The letters beyond ASCII of the languages that Windows-1252 and Windows-1250 are for, which read each other's bytes as
# letters, too.
_WESTERN = tuple(map(frozenset, (
    "àâæçéèêëîïôœùûüÿ", "äöüßé", "áéíñóúü", "áâãàçéêíóôõúü", "àèéìíîòóùú", "åäöæøéü", "áðéíóúýþæö", "äëéèïöüç"
)))  # fmt: skip
_CENTRAL_EUROPEAN = tuple(map(frozenset, (
    "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "čćđšž", "ăâîşţ", "äéöü"
)))  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Decoded:
    """A text, and what was guessed to decode it."""

    text: str
    notices: tuple[Notice, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Encoding:
    """The codec for some bytes, and whether nothing but the text itself told it."""

    codec: str
    is_guessed: bool = False

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is told of an encoding that was guessed."""
        if not self.is_guessed:
            return ()
        return (Notice(kind="guessed", rule="encoding", text=self.codec.replace("cp125", "windows-125")),)


@dataclasses.dataclass(frozen=True, slots=True)
class _Guess:
    codec: str
    coherence: float


def decode(data: bytes, *, name: str, charset: str | None = None) -> str:
    """Return `data` as text; `charset` is what its source says it is.

    Raises SourceError, naming `name`, when the bytes are not text, or in an encoding that cannot be told.
    """
    return decode_declared(data, (charset,), name=name).text


def decode_declared(data: bytes, charsets: Iterable[str | None], *, name: str) -> Decoded:
    """Return `data` as text with what was guessed; `charsets` are what its source says it is, the surest first.

    Raises as `decode` does.
    """
    found = _find(io.BytesIO(data), charsets, name=name)
    return Decoded(data.decode(found.codec, errors="replace"), found.notices)


def xml_charset(data: bytes) -> str | None:
    """Return the encoding that an XML declaration at the beginning names."""
    found = _XML.match(data[:_HEAD])
    return found[2].decode("ascii") if found else None


def decode_xml(data: bytes, *, name: str, charset: str | None = None) -> str:
    """Return XML as text whose declaration names no encoding, for it has none any more. Raises as `decode` does."""
    text = decode_declared(data, (charset, xml_charset(data)), name=name).text
    return _XML_TEXT.sub(r"\1", text, count=1)


def find_encoding(stream: BinaryIO, *, name: str, charset: str | None = None) -> Encoding:
    """Return the encoding of `stream` without holding more than a piece of it; the stream is rewound.

    Raises as `decode` does.
    """
    return _find(stream, (charset,), name=name)


def _find(stream: BinaryIO, charsets: Iterable[str | None], *, name: str) -> Encoding:
    head = stream.read(_HEAD)
    stream.seek(0)
    for mark, encoding in _BOMS.items():
        if head.startswith(mark):
            return Encoding(encoding)
    if b"\x00" in head:
        return Encoding(_wide(head, name=name))
    declared = list(dict.fromkeys(codecs_of for charset in charsets if (codecs_of := _known(charset))))
    if _fits(stream, "utf-8", name=name):
        escaped = [*declared, ("iso2022_jp_ext",)] if _ESCAPED_JAPANESE.search(head) else declared
        shifting = (names[0] for names in escaped if names[0].startswith(("hz", "iso2022")))
        return Encoding(next((codec for codec in shifting if _fits(stream, codec, name=name)), "utf-8"))
    valid, stray = _count_utf8(stream)
    is_nearly = valid > _MANY_TIMES * stray or (stray <= _FEW_STRAY and valid >= stray)
    if is_nearly or (("utf-8",) in declared and stray <= _FEW_STRAY):
        return Encoding("utf-8")
    if sum(byte < ord(" ") and byte not in b"\t\n\r\f\x1b" for byte in head) > len(head) * _CONTROLS:
        raise _not_text(name)
    return _find_legacy(_sample(stream), declared, name=name)


def _find_legacy(sample: bytes, declared: list[tuple[str, ...]], *, name: str) -> Encoding:
    """Return the encoding of bytes that are not UTF-8."""
    fitting = list(dict.fromkeys(filter(None, (_fitting(sample, names) for names in declared))))
    if len(fitting) > 1:
        between = _guess(sample, tuple(fitting))
        return Encoding(between.codec if between else fitting[0])
    if fitting and fitting != [_WINDOWS]:
        return Encoding(fitting[0])
    guess = _guess(sample, _LEGACY)
    # Servers call anything Latin-1, so that is believed only of text that could be.
    if fitting and (guess is None or guess.coherence < _SURE or guess.codec == _WINDOWS):
        return Encoding(_WINDOWS)
    if guess is None:
        raise SourceError(
            f"{name} is not UTF-8, and its encoding cannot be told.",
            help="Open it in an editor that shows it rightly, and save it as UTF-8.",
        )
    return Encoding(guess.codec, is_guessed=True)


def _known(charset: str | None) -> tuple[str, ...] | None:
    """Return the codecs for the name of a character set, the best first; None if it is none."""
    import webencodings

    label = webencodings.lookup(charset or "")
    if label is not None and label.name in _SUPERSETS:
        return _SUPERSETS[label.name]
    try:
        encoding = codecs.lookup(label.name if label else charset or "").name
    except (LookupError, ValueError):
        return None
    # Pages labelled Latin-1 are Windows-1252 in practice; the encoding standard of the web says so, too.
    if encoding in {"iso8859-1", "ascii"}:
        return (_WINDOWS,)
    return (encoding,) if _CHARACTER_SETS.match(encoding) else None


def _fits(stream: BinaryIO, encoding: str, *, name: str) -> bool:
    """Return whether the whole stream decodes, reading it once, and rewind it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := stream.read(_CHUNK):
            if "\x00" in decoder.decode(chunk):
                raise _not_text(name)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    finally:
        stream.seek(0)
    return True


def _count_utf8(stream: BinaryIO) -> tuple[int, int]:
    """Return how many characters beyond ASCII a stream has as UTF-8, and how many bytes that are none."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    beyond = stray = 0
    while chunk := stream.read(_CHUNK):
        text = decoder.decode(chunk)
        beyond += len(text) - len(text.encode("ascii", errors="ignore"))
        stray += text.count("\N{REPLACEMENT CHARACTER}")
    stream.seek(0)
    return beyond - stray, stray


def _wide(head: bytes, *, name: str) -> str:
    """Return which UTF-16 bytes with zeros are. Raises SourceError if they are not text."""
    for codec, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        is_latin = zeros.count(0) > len(head) * _WIDE and head.count(0) == zeros.count(0)
        if is_latin and all(letter.isprintable() or letter.isspace() for letter in head.decode(codec, "ignore")):
            return codec
    raise _not_text(name)


def _sample(stream: BinaryIO) -> bytes:
    """Return pieces of a stream that have bytes beyond ASCII, for only those tell encodings apart; rewind it."""
    pieces: list[bytes] = []
    size = 0
    while size < _SAMPLE and (chunk := stream.read(_CHUNK)):
        for piece in _PIECES.split(chunk):
            if _BEYOND_ASCII.search(piece):
                pieces.append(piece)
                size += len(piece)
    stream.seek(0)
    return b"\n".join(pieces)[:_SAMPLE]


def _fitting(sample: bytes, names: tuple[str, ...]) -> str | None:
    """Return the codec that knows the most of a sample; None if each has too many bytes that it does not know."""
    stray = {name: sample.decode(name, errors="replace").count("\N{REPLACEMENT CHARACTER}") for name in names}
    best = min(names, key=lambda name: stray[name])
    return best if stray[best] <= max(1, _STRAY * len(_BEYOND_ASCII.findall(sample))) else None


def _guess(sample: bytes, tried: tuple[str, ...]) -> _Guess | None:
    """Return which of the codecs a sample is in; None if none of them makes text of it, or several do alike."""
    from charset_normalizer import from_bytes

    matches = list(
        from_bytes(
            sample, cp_isolation=list(tried), threshold=_MOST_CHAOS, enable_fallback=False, preemptive_behaviour=False
        )
    )
    if not matches:
        return None
    chaos = {match.encoding: int(match.chaos / _ALIKE) for match in matches}
    odd = {match.encoding: _oddity(str(match)) for match in matches}
    least = min((chaos[match.encoding], odd[match.encoding]) for match in matches)
    best = [match for match in matches if (chaos[match.encoding], odd[match.encoding]) == least]
    most = max(match.coherence for match in best)
    best = [match for match in best if match.coherence > most - _ALIKE]
    western = next((match for match in best if _is_also(str(match), sample, _WINDOWS)), None)
    first = best[0]
    if western and _WINDOWS in tried and not _is_central_european(str(first), str(western)):
        return _Guess(_WINDOWS, western.coherence)
    if most < _COHERENT and len({str(match) for match in best}) > 1:
        return None
    return _Guess(first.encoding, first.coherence)


def _is_central_european(text: str, as_western: str) -> bool:
    """Return whether a text has only letters of a Central European language, and read as Western those of no one."""
    return any(_beyond_ascii(text) <= letters for letters in _CENTRAL_EUROPEAN) and not any(
        _beyond_ascii(as_western) <= letters for letters in _WESTERN
    )


def _beyond_ascii(text: str) -> set[str]:
    return {letter for letter in text.lower() if letter > "\x7f" and letter.isalpha()}


def _oddity(text: str) -> int:
    """Return how many characters of a text stand where no word has them; also capitals within a word ("cafŽ")."""
    capitals = sum(
        letter > "\x7f" and letter.isupper() and before.islower() for before, letter in itertools.pairwise(text)
    )
    return len(_ODD.findall(text)) + capitals


def _is_also(text: str, sample: bytes, codec: str) -> bool:
    return sample.decode(codec, errors="replace") == text


def _not_text(name: str) -> SourceError:
    return SourceError(
        f"{name} is not a text file.",
        help="Save it as UTF-8 text, or rename it with the ending of its real format.",
    )
