"""`verify --deep`: the detectors of the library detect-secrets, an optional extra."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module, util

from mkdocs_postmortem.safety.verify import Scanner

# Hashes in the names of assets, ids and drawings are random to these, so every page would be full
# of them; e-mail and IP addresses have rules of their own.
_LEFT_OUT = ("Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector")
_MAX_LINE = 20_000


class NotInstalledError(RuntimeError):
    """The optional library is not there."""


def deep_scanner() -> Scanner:
    """The scanner of detect-secrets. Raises `NotInstalledError` where the library is missing."""
    if util.find_spec("detect_secrets") is None:
        raise NotInstalledError(
            "--deep needs the library detect-secrets: pip install 'mkdocs-postmortem[deep]'"
        )
    return _scan


def _scan(text: str) -> Iterator[tuple[int, int, str]]:
    scan = import_module("detect_secrets.core.scan")
    settings = import_module("detect_secrets.settings")
    with settings.default_settings() as chosen:
        chosen.disable_plugins(*_LEFT_OUT)
        position = 0
        for line in text.split("\n"):
            # Its patterns are not all linear, and no secret needs a line as long as this.
            for first in range(0, len(line), _MAX_LINE):
                piece = line[first : first + _MAX_LINE]
                for found in scan.scan_line(piece):
                    value = found.secret_value or ""
                    start = position + first + max(piece.find(value), 0)
                    yield start, start + len(value), f"{found.type} (detect-secrets)"
            position += len(line) + 1
