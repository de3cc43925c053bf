"""What should not stand in public text: keys, addresses, hosts, links, names, handles.

Every pattern takes linear time: what repeats is bounded or cannot match what follows it. A
pattern runs only over text that holds one of its words, which a plain search finds first.
"""

from __future__ import annotations

import ipaddress
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

from mkdocs_postmortem.options import SafetyOptions
from mkdocs_postmortem.presence import presence_of


class Kind(StrEnum):
    """A kind of finding; the value is the rule's code."""

    SECRET = "PM701"  # noqa: S105 - the code of the rule
    EMAIL = "PM702"
    IP_ADDRESS = "PM703"
    HOST = "PM704"
    LINK = "PM705"
    NAME = "PM706"
    HANDLE = "PM707"


class Match(NamedTuple):
    """A stretch of a text that one of the patterns found, and what it is."""

    kind: Kind
    start: int
    end: int
    text: str
    what: str


@dataclass(frozen=True)
class _Secret:
    """How keys of one kind look, and the words of which each of them holds one.

    The words are in lower case where capitals make no difference to the pattern.
    """

    what: str
    words: tuple[str, ...]
    written: str
    flags: re.RegexFlag

    @cached_property
    def ignores_case(self) -> bool:
        """Whether capitals make no difference."""
        return bool(self.flags & re.IGNORECASE)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """How they look, compiled when a text holds one of the words, as few do."""
        return re.compile(self.written, self.flags | re.ASCII)

    def may_be_in(self, text: str, lowered: str) -> bool:
        """Whether one of its words is in `text`, which is `lowered` too."""
        searched = lowered if self.ignores_case else text
        return any(map(searched.__contains__, self.words))


def _secret(what: str, words: str, pattern: str, flags: re.RegexFlag = re.NOFLAG) -> _Secret:
    return _Secret(what, tuple(words.split()), pattern, flags)


# The prefixes are the vendors' own, from their documentation.
_SECRETS: tuple[_Secret, ...] = (
    _secret(
        "an AWS access key id",
        "AKIA ASIA AIDA AROA AGPA ANPA ANVA",
        r"\b(?:AKIA|ASIA|AIDA|AROA|AGPA|ANPA|ANVA)[A-Z2-7]{16}\b",
    ),
    _secret(
        "an AWS secret access key",
        "secret_access_key secretaccesskey",
        r"secret_?access_?key[\"']?[ \t]{0,3}[=:][ \t]{0,3}[\"']?(?P<value>[A-Za-z0-9/+]{40})"
        r"(?![A-Za-z0-9/+])",
        re.IGNORECASE,
    ),
    _secret(
        "a GitHub token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})(?![A-Za-z0-9_])",
    ),
    _secret("a GitLab token", "glpat- gldt- glrt- glptt-", r"\bgl(?:pat|dt|rt|ptt)-[\w-]{20,80}"),
    _secret(
        "a Slack token",
        "xox xapp-",
        r"\b(?:xox[abceoprs](?:\.xox[a-z])?-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Za-z0-9-]{10,250})",
    ),
    _secret(
        "the address of a webhook",
        "hooks.slack.com/ /api/webhooks/ webhook.office.com/",
        r"\b(?:hooks\.slack\.com/(?:services|workflows|triggers)/[\w/]{16,200}"
        r"|discord(?:app)?\.com/api/webhooks/\d{6,25}/[\w-]{20,100}"
        r"|webhook\.office\.com/webhookb2/[\w@/-]{20,300})",
        re.IGNORECASE,
    ),
    _secret(
        "a Stripe key",
        "_live_ _test_ whsec_",
        r"\b(?:[spr]k_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9+/=]{24,100})",
    ),
    _secret(
        "a Google key",
        "AIza GOCSPX- ya29.",
        r"\b(?:AIza[\w-]{35}(?![\w-])|GOCSPX-[\w-]{24,40}|ya29\.[\w-]{20,500})",
    ),
    _secret("an OpenAI or Anthropic key", "sk-", r"\bsk-(?=[\w-]{0,200}\d)[\w-]{32,250}"),
    _secret("an npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
    _secret("a PyPI token", "pypi-AgEI", r"\bpypi-AgEI[\w-]{50,500}"),
    _secret("a SendGrid key", "SG.", r"\bSG\.[\w-]{22}\.[\w-]{43}(?![\w-])"),
    _secret("a Twilio key", "SK", r"\bSK[0-9a-f]{32}\b"),
    _secret("a DigitalOcean token", "_v1_", r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    _secret("a Hugging Face token", "hf_", r"\bhf_[A-Za-z]{34}\b"),
    _secret("a Vault token", "hvs. hvb.", r"\bhv[sb]\.[\w-]{24,300}"),
    _secret("a Shopify token", "shp", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    _secret(
        "an Azure storage key",
        "accountkey=",
        r"AccountKey=[A-Za-z0-9+/]{86}==",
        re.IGNORECASE,
    ),
    _secret(
        "a private key",
        "-----BEGIN",
        r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----",
    ),
    _secret(
        "a JSON web token",
        "eyJ",
        r"(?<![\w-])eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{0,2000}",
    ),
    _secret(
        "a bearer token",
        "bearer",
        r"\bbearer[ \t]{1,3}(?P<value>(?=[\w.~+/-]{0,100}\d)[\w.~+/-]{20,2000}={0,2})",
        re.IGNORECASE,
    ),
    _secret(
        "a login",
        "authorization",
        r"\bauthorization[\"']?:[ \t]{0,3}[\"']?basic[ \t]{1,3}"
        r"(?P<value>[A-Za-z0-9+/]{8,500}={0,2})",
        re.IGNORECASE,
    ),
    _secret(
        "a password in an address",
        "://",
        r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@<>\"'`]{0,100}:(?P<value>[^\s/:@<>\"'`]{1,200})@",
        re.IGNORECASE,
    ),
    _secret(
        "a password",
        "password passwd pwd secret api_key api-key apikey token",
        r"(?:password|passwd|\bpwd|secret|api[_-]?key|(?:access|auth|refresh|session)[_-]?token"
        r"|client[_-]?secret|(?<![A-Za-z])token(?==))[\"']?(?:=|[ \t]{0,3}[=:][ \t]{0,3})[\"']?"
        r"(?P<value>[^\s\"'`<>,;&()\[\]{}|]{6,200})",
        re.IGNORECASE,
    ),
)

# What stands in examples where a password would.
_PLACEHOLDER = re.compile(
    r"[*x.•…_-]+|\$.*|%.*|<.*|\{.*|(?:your|my|the|some)[_-]?.*|.*(?:example|redacted|removed|masked|"
    r"hidden|placeholder|changeme|dummy).*|pass(?:word)?|secret|token|none|null|true|false|"
    r"undefined|required|(?:[a-z_]+\.){1,6}[a-z_]+",
    re.IGNORECASE,
)


def _is_secret(found: re.Match[str]) -> bool:
    value = found.groupdict().get("value")
    if value is None:
        return not found[0].endswith("EXAMPLE")
    if _PLACEHOLDER.fullmatch(value) or "EXAMPLE" in value:
        return False
    if found.re is not _SECRETS[-1].pattern:
        return True
    # `password: changed by hand` is prose; a key or a password mixes letters and digits.
    glued = found[0][: found.start("value") - found.start()].endswith("=")
    has_digit = any(character.isdigit() for character in value)
    has_letter = any(character.isalpha() for character in value)
    return (has_digit and has_letter and len(value) >= 7) or (glued and not value.isdigit())


def _secrets(text: str, lowered: str) -> Iterator[Match]:
    taken: list[tuple[int, int]] = []
    for secret in _SECRETS:
        if not secret.may_be_in(text, lowered):
            continue
        for found in secret.pattern.finditer(text):
            start, end = found.span()
            after = bisect_right(taken, (start, end))
            overlaps = (after > 0 and taken[after - 1][1] > start) or (
                after < len(taken) and taken[after][0] < end
            )
            if not overlaps and _is_secret(found):
                taken.insert(after, (start, end))
                yield Match(Kind.SECRET, start, end, found[0], secret.what)


_RESERVED_DOMAIN = re.compile(
    r"(?:.*\.)?(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)", re.IGNORECASE
)
_EMAIL = re.compile(
    r"(?<![\w.+/-])[A-Za-z0-9][\w.+-]{0,63}@"
    r"(?P<domain>(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24})(?![\w-])",
    re.ASCII,
)
_HAS_EMAIL = re.compile(r"@(?<=\w@)[A-Za-z0-9]", re.ASCII)
_GIT_REMOTE = re.compile(r"git@[\w.-]+", re.ASCII)


def _emails(text: str) -> Iterator[Match]:
    if _HAS_EMAIL.search(text) is None:
        return
    for found in _EMAIL.finditer(text):
        # git@github.com:owner/name is where code lies, and 2x@2x.png is a picture.
        if _RESERVED_DOMAIN.fullmatch(found["domain"]) or _GIT_REMOTE.fullmatch(found[0]):
            continue
        if found["domain"].rpartition(".")[2].lower() in _FILE_ENDINGS:
            continue
        yield Match(Kind.EMAIL, *found.span(), found[0], "an e-mail address")


_FILE_ENDINGS = frozenset(
    "png jpg jpeg gif webp svg css js json html htm xml md txt py rb go rs ts sh yml yaml".split()
)
# What must not stand before is looked for behind the first digit, which is quicker.
_IPV4 = re.compile(
    r"[0-9](?<![\w.][0-9])(?<!\d-[0-9])(?<![Vv]ersion [0-9])(?<![A-Za-z]/[0-9])"
    r"[0-9]{0,2}(?:\.[0-9]{1,3}){3}(?P<block>/[0-9]{1,2}(?![0-9.]))?(?![\w-]|\.\w)",
    re.ASCII,
)
_IPV6 = re.compile(
    r"[23F](?<![\w:.].)[0-9A-F]{3}(?:(?::{1,2}[0-9A-F]{1,4}){1,7}(?:::)?|::)"
    r"(?P<block>/[0-9]{1,3})?(?![\w:])",
    re.ASCII | re.IGNORECASE,
)
# RFC 5737 and RFC 3849 for documents, and what says nothing about anybody's network.
_HARMLESS = tuple(
    map(
        ipaddress.ip_network,
        (
            *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
            *("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "fe80::/10"),
            *("1.1.1.1/32", "1.0.0.1/32", "8.8.8.8/32", "8.8.4.4/32", "9.9.9.9/32"),
        ),
    )
)
# The blocks that RFC 1918, RFC 6598 and RFC 4193 set aside may be named as such.
_NAMED_BLOCKS = frozenset(
    ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fd00::/8")
)


def _ip_addresses(text: str) -> Iterator[Match]:
    for pattern in (_IPV4, _IPV6):
        for found in pattern.finditer(text):
            try:
                address = ipaddress.ip_address(found[0].partition("/")[0])
            except ValueError:
                continue
            if any(
                address in network for network in _HARMLESS if network.version == address.version
            ):
                continue
            if found[0].lower() in _NAMED_BLOCKS:
                continue
            if isinstance(address, ipaddress.IPv6Address) and not _is_unicast(address):
                continue
            what = "a private IP address" if address.is_private else "a public IP address"
            yield Match(Kind.IP_ADDRESS, *found.span(), found[0], what)


def _is_unicast(address: ipaddress.IPv6Address) -> bool:
    return address.packed[0] >> 5 == 1 or address.packed[0] in (0xFC, 0xFD)


INTERNAL_ENDINGS = (
    *("internal", "local", "localdomain", "lan", "corp", "intranet", "intra", "private"),
    *("home.arpa", "priv", "onion"),
)
_HOST = re.compile(
    r"(?<![\w@-])(?<!\w\.)(?:[A-Za-z0-9_](?:[\w-]{0,61}[A-Za-z0-9])?\.){1,10}"
    r"[A-Za-z](?:[\w-]{0,40}[A-Za-z0-9])?(?![\w-]|\.\w)",
    re.ASCII,
)
_URL = re.compile(r"https?://(?:[^\s/@<>\"'`]{1,200}@)?(?P<host>[\w.-]{1,253})", re.IGNORECASE)
# Hosts where a team's own work lies: chat, tickets, dashboards, paging, documents, consoles.
WORK_PLACES = (
    *("*.slack.com", "*.mattermost.com", "teams.microsoft.com", "chat.google.com"),
    *("*.atlassian.net", "jira.*", "confluence.*", "linear.app", "app.asana.com"),
    *("app.shortcut.com", "*.service-now.com", "*.myjetbrains.com", "*.youtrack.cloud"),
    *("*.grafana.net", "grafana.*", "kibana.*", "prometheus.*", "alertmanager.*"),
    *("app.datadoghq.*", "*.datadoghq.com", "one.newrelic.com", "*.sentry.io", "ui.honeycomb.io"),
    *("*.splunkcloud.com", "*.signalfx.com", "*.pagerduty.com", "*.opsgenie.com", "*.rootly.com"),
    *("app.incident.io", "*.firehydrant.com", "docs.google.com", "drive.google.com"),
    *("meet.google.com", "*.zoom.us", "*.notion.so", "notion.so", "*.sharepoint.com"),
    *("console.aws.amazon.com", "*.console.aws.amazon.com", "console.cloud.google.com"),
    *("portal.azure.com", "jenkins.*", "argocd.*"),
)
# Pages of the same vendors that are meant for everybody.
_FOR_EVERYBODY = frozenset(("www", "status", "api", "docs", "support", "help", "blog", "slackhq"))


def host_pattern(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """One pattern for hosts: ``*`` stands for any characters, ``?`` for one; no dot in either
    but for ``*`` at an end. ``None`` where there are none.
    """
    if not patterns:
        return None
    alternatives = []
    for written in patterns:
        inner = re.escape(written.strip("*"))
        inner = inner.replace(r"\*", r"[^.]{0,63}").replace(r"\?", r"[^.]")
        before = r"(?:[\w.-]{1,253})?" if written.startswith("*") else ""
        after = r"[\w.-]{1,253}" if written.endswith("*") else ""
        alternatives.append(f"{before}{inner}{after}")
    return re.compile(rf"(?:{'|'.join(alternatives)})\.?", re.IGNORECASE | re.ASCII)


@cache
def _work_places() -> re.Pattern[str]:
    pattern = host_pattern(WORK_PLACES)
    assert pattern is not None
    return pattern


_INTERNAL_ENDING = re.compile(
    rf".*\.(?:{'|'.join(map(re.escape, INTERNAL_ENDINGS))})", re.IGNORECASE
)


_MAY_HAVE_ENDING = re.compile(rf"\.(?:{'|'.join(map(re.escape, INTERNAL_ENDINGS))})", re.IGNORECASE)
_HAS_ENDING = re.compile(rf"{_MAY_HAVE_ENDING.pattern}(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the site's options add to the built-in patterns, compiled."""

    internal_hosts: re.Pattern[str] | None
    public_links: re.Pattern[str] | None
    names: re.Pattern[str] | None
    begins_name: re.Pattern[str] | None
    allowed: frozenset[str]


@lru_cache(maxsize=16)
def _compiled(
    internal_hosts: tuple[str, ...],
    public_links: tuple[str, ...] | None,
    names: tuple[str, ...],
    allow: tuple[str, ...],
) -> Policy:
    # A host with a pattern of its own need not look like a host with dots.
    between = r"[\s_.-]{1,3}"
    words = [between.join(re.escape(word) for word in name.split()) for name in names]
    # The longest first, so that a name that begins with another is found whole.
    words.sort(key=len, reverse=True)
    return Policy(
        host_pattern(internal_hosts),
        None if public_links is None else host_pattern((*public_links, "")),
        re.compile(rf"(?<![^\W_])(?:{'|'.join(words)})(?![^\W_])", re.IGNORECASE)
        if words
        else None,
        re.compile("|".join(re.escape(name.split()[0]) for name in names), re.IGNORECASE)
        if words
        else None,
        frozenset(text.casefold() for text in allow),
    )


def policy(options: SafetyOptions, site_host: str = "") -> Policy:
    """The compiled options; the site's own host may always be linked to."""
    links = options.public_links
    if links is not None and site_host:
        links = (*links, site_host)
    return _compiled(options.internal_hosts, links, options.names, options.allow)


_BARE_HOST = re.compile(r"(?<![\w.@-])[A-Za-z0-9][\w.-]{0,252}", re.ASCII)


def _hosts(text: str, rules: Policy) -> Iterator[Match]:
    taken: set[int] = set()
    if rules.internal_hosts is not None:
        for found in _BARE_HOST.finditer(text):
            host = found[0].rstrip(".-")
            if rules.internal_hosts.fullmatch(host):
                taken.add(found.start())
                end = found.start() + len(host)
                yield Match(Kind.HOST, found.start(), end, host, "an internal host")
    for found in _HOST.finditer(text) if _HAS_ENDING.search(text) else ():
        if found.start() not in taken and _INTERNAL_ENDING.fullmatch(found[0]):
            # `Thing.internal()` and `this.local = 1` are code; `a.local/x` and `a.local:80` are
            # hosts.
            following = text[found.end() : found.end() + 3].lstrip(" \t")
            if following[:1] not in ("(", "=") and not _is_path(text, found.start()):
                yield Match(Kind.HOST, *found.span(), found[0], "an internal host")


def _is_path(text: str, start: int) -> bool:
    """Whether what begins at `start` goes on a path, as in ``/etc/rc.local``."""
    before = text[max(0, start - 2) : start]
    return before.endswith("/") and before != "//"


def _links(text: str, rules: Policy) -> Iterator[Match]:
    for found in _URL.finditer(text):
        host = found["host"].rstrip(".").lower()
        if rules.public_links is None:
            is_work = _work_places().fullmatch(host)
            if not is_work or (host not in WORK_PLACES and host.split(".")[0] in _FOR_EVERYBODY):
                continue
            what = "a link into a team's chat, tickets, dashboards or documents"
        else:
            if rules.public_links.fullmatch(host):
                continue
            what = "a link to a host that is not on the site's list"
        # Another rule says it of these.
        if _INTERNAL_ENDING.fullmatch(host) or (
            rules.internal_hosts is not None and rules.internal_hosts.fullmatch(host)
        ):
            continue
        start, end = found.span("host")
        yield Match(Kind.LINK, start, end, text[start:end], what)


_HANDLE = re.compile(
    r"(?<![\w@./`+=-])@(?P<name>[A-Za-z][\w-]{1,38})(?![\w@/.(:=]\S|[({])", re.ASCII
)
_NO_HANDLE = frozenset(
    "media import charset font-face keyframes supports layer container page namespace include "
    "extend mixin use param return returns throws override deprecated todo property staticmethod "
    "classmethod dataclass type context id graph here channel everyone".split()
)


def _handles(text: str) -> Iterator[Match]:
    if "@" not in text:
        return
    for found in _HANDLE.finditer(text):
        if found["name"].lower() not in _NO_HANDLE:
            yield Match(Kind.HANDLE, *found.span(), found[0], "a handle")


def find(text: str, rules: Policy, kinds: frozenset[Kind] = frozenset(Kind)) -> Iterator[Match]:
    """Everything in `text` that the patterns of `kinds` object to, apart from what is allowed."""
    finders: tuple[tuple[Kind, Callable[[], Iterator[Match]]], ...] = (
        (Kind.SECRET, lambda: _secrets(text, text.lower())),
        (Kind.EMAIL, lambda: _emails(text)),
        (Kind.IP_ADDRESS, lambda: _ip_addresses(text)),
        (Kind.HOST, lambda: _hosts(text, rules)),
        (Kind.LINK, lambda: _links(text, rules)),
        (Kind.NAME, lambda: _names(text, rules)),
        (Kind.HANDLE, lambda: _handles(text)),
    )
    for kind, finder in finders:
        if kind in kinds:
            for match in finder():
                if match.text.casefold() not in rules.allowed:
                    yield match


_FILE_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}$")


def names_read(name: str) -> list[str]:
    """The name of a file, and without its last endings: what stands before `.png` may be a host."""
    names = [name]
    while len(names) < 3 and (ending := _FILE_ENDING.search(names[-1])):
        names.append(names[-1][: ending.start()])
    return names


def find_in_name(name: str, rules: Policy, kinds: frozenset[Kind]) -> list[Match]:
    """Everything that the patterns of `kinds` object to in the name of a file, each part once."""
    found: list[Match] = []
    for read in names_read(name):
        for match in find(read, rules, kinds):
            if not any(match.kind is one.kind and match.text in one.text for one in found):
                found.append(match)
    return found


_has_secret_word = presence_of(
    (word for secret in _SECRETS if not secret.ignores_case for word in secret.words), "/=XJKG"
)
_has_folded_secret_word = presence_of(
    (word for secret in _SECRETS if secret.ignores_case for word in secret.words), "/="
)
_MAY_HAVE_IPV4 = re.compile(r"\.(?<=[0-9]\.)[0-9]")
_MAY_HAVE_IPV6 = re.compile(r":(?<=[0-9A-Fa-f]{4}:)")


def suspected(text: str, rules: Policy) -> frozenset[Kind]:
    """The kinds of which something may be in `text`, told without looking for it; no others are.

    What holds for a text holds for its parts, and for texts that are joined by line breaks.
    """
    kinds = set()
    if _has_secret_word(text) or _has_folded_secret_word(text.lower()):
        kinds.add(Kind.SECRET)
    if "@" in text:
        kinds |= {Kind.EMAIL, Kind.HANDLE}
    if _MAY_HAVE_IPV4.search(text) or _MAY_HAVE_IPV6.search(text):
        kinds.add(Kind.IP_ADDRESS)
    if rules.internal_hosts is not None or _MAY_HAVE_ENDING.search(text):
        kinds.add(Kind.HOST)
    if "://" in text:
        kinds.add(Kind.LINK)
    if rules.names is not None:
        kinds.add(Kind.NAME)
    return frozenset(kinds)


def may_object(words: Iterable[str], rules: Policy, kinds: frozenset[Kind]) -> bool:
    """Whether `find` may object to one of the `words`, or to a text that one of them is in.

    The words have no blanks in them; no pattern but those of some keys and of names goes over one.
    """
    text = "\n".join(words)
    lowered = text.lower()
    if Kind.SECRET in kinds:
        for secret in _SECRETS:
            # A pattern that has a blank may find a part of what it looks for in each of two words.
            if secret.may_be_in(text, lowered) and (
                " " in secret.written or secret.pattern.search(text)
            ):
                return True
    if Kind.NAME in kinds and rules.begins_name and rules.begins_name.search(text):
        return True
    return next(find(text, rules, kinds - {Kind.SECRET, Kind.NAME}), None) is not None


def _names(text: str, rules: Policy) -> Iterator[Match]:
    if rules.names is not None:
        for found in rules.names.finditer(text):
            yield Match(Kind.NAME, *found.span(), found[0], "a name on the site's list")


def masked(text: str) -> str:
    """`text` so that whoever knows it recognises it, and nobody else learns it."""
    flat = " ".join(text.split())
    shown = flat[: min(4, len(flat) // 4)]
    return f"{shown}… ({len(flat)} characters)"
