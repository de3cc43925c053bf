"""A Content-Security-Policy that a built site passes, and that nothing in an incident widens.

What the theme writes inline is let through by its hash, and what it fetches from elsewhere by its
host. Incident text is left out before anything is hashed, so what should ever slip into a page
does not run. The policy is the same on every page, because themes that replace the page without
loading it anew stay under the first one.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from urllib.parse import urlsplit

DIRECTIVES = (
    "default-src",
    "script-src",
    "style-src",
    "img-src",
    "font-src",
    "connect-src",
    "media-src",
    "frame-src",
    "worker-src",
    "manifest-src",
    "form-action",
    "object-src",
    "base-uri",
)
_BASE: dict[str, tuple[str, ...]] = {
    "default-src": ("'self'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:"),
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "form-action": ("'self'",),
    "object-src": ("'none'",),
    "base-uri": ("'none'",),
}
_SCRIPT = re.compile(r"<script\b([^<>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_STYLE = re.compile(r"<style\b[^<>]*>(.*?)</style\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<([a-z][a-z0-9-]*)((?:\s[^<>]*)?)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"\s([a-z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", re.IGNORECASE
)
_RUN_AS_SCRIPT = ("", "module", "text/javascript", "application/javascript")
_FETCHED_BY = {"img": "img-src", "iframe": "frame-src", "video": "media-src", "audio": "media-src"}
# A style sheet from here fetches its fonts from there.
_FONT_HOSTS = {"https://fonts.googleapis.com": "https://fonts.gstatic.com"}
_HEAD = re.compile(r"<head\b[^<>]*>(?:\s*<meta\s+charset=[^<>]*>)?", re.IGNORECASE)


@dataclass(slots=True)
class Policy:
    """The policy of a site, which grows with each page whose own parts are added."""

    sources: dict[str, set[str]] = field(
        default_factory=lambda: {name: set(values) for name, values in _BASE.items()}
    )

    def allow(self, directive: str, *sources: str) -> None:
        """Let `sources` through, besides what the site itself serves."""
        known = self.sources.setdefault(directive, {"'self'"})
        known -= {"'none'"}
        known |= set(sources)

    def add(self, html: str) -> None:
        """Let through what the HTML of a trusted author, or of the theme, has inline or fetches."""
        for attributes, content in _SCRIPT.findall(html):
            given = _attributes(attributes)
            if "src" in given:
                self._fetch("script-src", given["src"])
            elif given.get("type", "").lower() in _RUN_AS_SCRIPT:
                self.allow("script-src", _hash(content))
        rest = _SCRIPT.sub("", html)
        for content in _STYLE.findall(rest):
            self.allow("style-src", _hash(content))
        for name, attributes in _TAG.findall(_STYLE.sub("", rest)):
            given = _attributes(attributes)
            if "style" in given:
                self.allow("style-src", "'unsafe-hashes'", _hash(given["style"]))
            for attribute, value in given.items():
                if attribute.startswith("on"):
                    self.allow("script-src", "'unsafe-hashes'", _hash(value))
            if name.lower() in _FETCHED_BY and "src" in given:
                self._fetch(_FETCHED_BY[name.lower()], given["src"])
            if name.lower() == "link" and "stylesheet" in given.get("rel", ""):
                self._fetch("style-src", given.get("href", ""))

    def _fetch(self, directive: str, address: str) -> None:
        parts = urlsplit(address)
        if parts.netloc:
            host = f"{parts.scheme or 'https'}://{parts.netloc}"
            self.allow(directive, host)
            if font_host := _FONT_HOSTS.get(host):
                self.allow("font-src", font_host)

    def __str__(self) -> str:
        """The policy as it stands in the header, or in a page."""
        return "; ".join(
            f"{name} {' '.join(sorted(self.sources[name]))}"
            for name in DIRECTIVES
            if name in self.sources
        )


def policy(trusted: Iterable[str], more: Mapping[str, Sequence[str]]) -> Policy:
    """The policy that lets through what the `trusted` pieces of HTML need, and `more`."""
    made = Policy()
    for html in dict.fromkeys(trusted):
        made.add(html)
    for directive, sources in more.items():
        made.allow(directive, *sources)
    return made


def with_policy(html: str, made: Policy) -> str:
    """A page whose head begins with the policy; it counts for what stands behind it."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{made}">'
    return _HEAD.sub(lambda head: f"{head[0]}\n{meta}", html, count=1)


def _attributes(text: str) -> dict[str, str]:
    return {
        name.lower(): unescape(double or single or bare)
        for name, double, single, bare in _ATTRIBUTE.findall(text)
    }


def _hash(text: str) -> str:
    digest = sha256(text.replace("\r\n", "\n").encode()).digest()
    return f"'sha256-{b64encode(digest).decode()}'"
