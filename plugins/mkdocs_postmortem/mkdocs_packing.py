"""Pages that wait, with their texts packed.

MkDocs makes what all pages hold before it writes the first one. As text that is several times
what an incident's file is.
"""

from __future__ import annotations

import zlib
from typing import Protocol


def packed(text: str) -> bytes:
    """`text` in a few bytes, for `unpacked`."""
    # Half a character, which a plugin may have made, is kept as it is.
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def unpacked(data: bytes) -> str:
    """The text that `packed` gave `data` for."""
    return zlib.decompress(data).decode("utf-8", "surrogatepass")


class Packs(Protocol):
    """A page that can wait."""

    def pack(self) -> None:
        """Wait."""

    def unpack(self) -> None:
        """Wait no longer."""


class OneAtATime:
    """Lets the page that is under way have its texts as they are, and all others wait."""

    def __init__(self) -> None:
        self._page: Packs | None = None

    def turn_to(self, page: Packs | None) -> None:
        """From now on `page` is under way, or one that never waits, and the one before waits."""
        if self._page is not None and self._page is not page:
            self._page.pack()
        self._page = page
        if page is not None:
            page.unpack()
