"""Near-copies: the same report in several outlets, such as a wire story that each of them shortened a little.

Each article has a few keys made from its words by MinHash; near-copies almost surely share one of them, and others
hardly ever, so only articles that share one are compared word by word.
"""

from __future__ import annotations

import re
import zlib

import numpy as np

from index.overlap import share_in

_FEWEST_WORDS = 30  # what is shorter is alike by chance
_MOST_WORDS = 20_000
_RUN = 4  # words that count as one
_KEYS, _HASHES_A_KEY = 20, 3  # articles that share half of their runs share a key with a chance of 93 %
_SHARED = 0.7  # of the runs of the shorter article
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]{1,100}")
_COUNT = _KEYS * _HASHES_A_KEY
# Fixed numbers for the hash functions, as keys are stored: odd factors, and offsets.
_FACTORS = np.array(
    [(zlib.crc32(b"factor %d" % i) << 32 | zlib.crc32(b"%d" % i)) | 1 for i in range(_COUNT)], np.uint64
)
_OFFSETS = np.array([zlib.crc32(b"offset %d" % i) << 32 for i in range(_COUNT)], np.uint64)
_AT_ONCE = 2_000  # runs, so that a long article takes no more memory than a short one


def copy_keys(text: str) -> list[int]:
    """Return the keys of a text; near-copies of it share at least one. A short text has none."""
    words = [match[0].lower() for match, _ in zip(_WORD.finditer(text), range(_MOST_WORDS), strict=False)]
    if len(words) < _FEWEST_WORDS:
        return []
    runs = {zlib.crc32(" ".join(words[start : start + _RUN]).encode()) for start in range(len(words) - _RUN + 1)}
    hashed = np.array(sorted(runs), np.uint64)
    least = np.full(_COUNT, np.iinfo(np.uint64).max, np.uint64)
    for start in range(0, len(hashed), _AT_ONCE):
        part = hashed[start : start + _AT_ONCE, None] * _FACTORS + _OFFSETS
        least = np.minimum(least, (part >> np.uint64(32)).min(axis=0))
    bands = least.reshape(_KEYS, _HASHES_A_KEY)
    return [number << 32 | zlib.crc32(band.tobytes()) for number, band in enumerate(bands)]


def are_near_copies(text: str, other: str) -> bool:
    """Return whether one text is mostly in the other."""
    shorter, longer = sorted((text, other), key=len)
    return len(longer) < len(shorter) / _SHARED**4 and share_in(shorter, longer) >= _SHARED
