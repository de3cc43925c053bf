"""Milestones guessed from the words of events."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mkdocs_postmortem.importing.document import kind_of
from mkdocs_postmortem.importing.stated_figures import Window

_LABELS = {
    "resolved": (
        r"resolved|resolution|recovery|recovered|restored|all clear|"
        r"end of (?:the )?(?:incident|outage|impact)|incident end(?:ed)?|impact end(?:ed|s)?|"
        r"ended?|closed"
    ),
    "mitigated": r"mitigated|mitigation complete|stabili[sz]ed|monitoring",
    "mitigating": r"mitigation|mitigation start(?:ed|s)?|mitigating|response",
    "identified": r"(?:root )?cause|identified|identification|diagnos(?:is|ed)",
    "detected": r"detect(?:ion|ed)|discovery|discovered|noticed|first alert|alert(?:ed)?",
    "acknowledged": r"acknowledged|acknowledgement|acked",
    "declared": r"declared|declaration|incident (?:declared|opened|created)|escalat(?:ed|ion)",
    "announced": r"announced|announcement|status page|communication|investigating",
    "introduced": r"introduced|trigger|lead ?up|fault|change",
    "started": (
        r"start(?:ed)?|impact (?:start(?:ed|s)?|began|begins)|outage (?:start(?:ed|s)?|began|"
        r"begins)|incident (?:start(?:ed|s)?|began|begins)|began"
    ),
}
_LABEL = re.compile(
    r"\W{0,6}(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items())
    + r")\W{0,3}(?::|\*\*|$|\s[-–—]\s)",
    re.IGNORECASE,
)
_NOT = "".join(
    f"(?<!{word} )"
    for word in ("not", "no", "n't", "yet", "partially", "partly", "to be", "thought", "believed")
)
_WORDS: dict[str, str] = {
    "resolved": (
        rf"{_NOT}\b(?:fully (?:recovered|restored|resolved|operational)|(?:is|was|are|were|now|"
        r"been|marked|declared|and|incident|all|services?|everything) (?:all )?(?:resolved|"
        r"closed|back to normal|fully recovered)|"
        r"resolved\b|all clear|(?:service|services|traffic|everything|operations?|system|"
        r"systems) (?:is |are |was |were )?(?:fully )?(?:restored|recovered|back|healthy|"
        r"returned? to normal|normal)|"
        r"recovery (?:is |was )?complete|back to normal|incident (?:is |was )?(?:closed|over|"
        r"ended)|fully healthy|back (?:up|online)|"
        r"outage (?:ends|ended|over)|impact (?:ends|ended|over)|requests? succeed|recovered\b|"
        r"restored\b)"
    ),
    "mitigated": (
        rf"{_NOT}\b(?:mitigated|error rates? (?:drop|fall|fell|return|recover|decreas)\w*|"
        r"traffic recover(?:s|ed)|impact (?:is |was )?(?:mitigated|contained)|"
        r"(?:fix|rollback|roll-back|revert|patch|deploy(?:ment)?|hotfix) (?:is |was |"
        r"has been )?(?:deployed|complete[ds]?|live|rolled out|finishe[ds]|done|takes effect|"
        r"applied)|stabili[sz]e[sd]|monitoring (?:the )?(?:fix|recovery|results?))"
    ),
    "identified": (
        rf"{_NOT}\b(?:root cause|(?:the )?cause (?:is |was )?(?:known|found|clear|identified|"
        r"confirmed|pinned|understood)|identif(?:y|ies|ied)|pinpoint\w*|diagnosed|"
        r"f(?:ind|inds|ound) (?:the |its )?(?:root )?(?:cause|culprit|bug|problem|issue|"
        r"change|commit)|trace[sd]? (?:it |this |the \w+ )?(?:back )?to|correlation found|"
        r"narrowed (?:it )?down|culprit|understood)"
    ),
    "mitigating": (
        rf"{_NOT}\b(?:roll(?:s|ed|ing)?[ -]?back|rollback|revert(?:s|ed|ing)?|restart(?:s|ed|"
        r"ing)?|fail(?:s|ed|ing)?[ -]?over|scal(?:e|es|ed|ing) (?:up|down|out|to)|scaled|"
        r"drain(?:s|ed|ing)?|"
        r"disabl(?:e|es|ed|ing)|throttl(?:e|es|ed|ing)|hotfix|workaround|block(?:s|"
        r"ed)? (?:the )?traffic|pause[sd]?|halt(?:s|ed)?|(?:apply|applies|applied|deploys?|"
        r"deploying|merged?) (?:a |the )?(?:fix|patch|change to)|mitigation (?:is |"
        r"was )?(?:start|begin|began|attempt)\w*|reboot(?:s|ed)?|run-?book begun)"
    ),
    "acknowledged": (
        rf"{_NOT}\b(?:acknowledg(?:es?|ed|ing)|acks?|acked|"
        r"on[- ]call(?: engineer)? (?:answers?|responds?|joins?|starts?|begins?|picks? up|"
        r"investigates)|(?:begins?|began|starts?|started) (?:to )?(?:investigat\w+|look)|"
        r"alert seen|"
        r"engineers? (?:start|begin|began|started|respond|responded|joins?|joined)|"
        r"investigat(?:es|ing|ion|ed)\b|seen\.?$)"
    ),
    "declared": (
        rf"{_NOT}\b(?:declare[sd]?\b|incident (?:is |was )?(?:opened|created|raised|declared|"
        r"channel)|open(?:s|ed)? (?:an |the )?incident|war ?room|sev-?\d (?:is |"
        r"was )?(?:raised|opened|declared|called)|ticket (?:is |was )?(?:raised|opened))"
    ),
    "announced": (
        rf"{_NOT}\b(?:status ?page|tweet(?:s|ed)?|(?:customers?|users) (?:are |"
        r"were )?(?:informed|notified|told)|(?:notif(?:y|ied)|inform(?:ed)?|told|tell|"
        r"wrote to|mail(?:ed)?) (?:the |our |all )?(?:customers?|users|public|community)|"
        r"public(?:ly)? (?:announce|post|updat)\w*|announc(?:es?|ed|ement))"
    ),
    "detected": (
        rf"{_NOT}\b(?:alert(?:s|ed|ing)?\b|alarm(?:s|ed)?\b|paged?\b|pages\b|pagers?\b|"
        r"pagerduty|notic(?:e|es|ed|ing)|detect(?:s|ed|ion)?|monitor(?:s|ing)? (?:sees|saw|"
        r"shows?|reports?|detects?|fires?|fired)|"
        r"(?:first )?(?:customers?|users?|developers?) (?:begin |started? )?(?:reports?|"
        r"reported|complain\w*)|report(?:s|ed)? (?:by|from|of|in)|first reports?|"
        r"(?:synthetic |smoke )?tests? (?:fail|fire)\w*|more reports|complaints?)"
    ),
    "introduced": (
        rf"{_NOT}\b(?:(?:change|commit|pr|pull request|migration|release|version|"
        r"config\w*) (?:is |was |has been )?(?:merged|deployed|released|rolled out|shipped|"
        r"applied|goes live|went live)|"
        r"bad (?:change|config|deploy)|faulty (?:change|deploy)|misconfigur\w+ (?:is |"
        r"was )?(?:introduced|deployed))"
    ),
    "started": (
        rf"{_NOT}\b(?:outage (?:begins?|began|starts?|started)|impact (?:begins?|began|starts?|"
        r"started)|incident (?:begins?|began|starts?|started)|start of (?:the )?(?:incident|"
        r"outage|impact)|degradation begins?|"
        r"(?:start|begin|began|started|begun|beginning|starting)(?:s|ed)? (?:to )?(?:fail|"
        r"return|answer|error|drop|reject|crash|time|timing|failing|returning|seeing|"
        r"serving)\w*|"
        r"(?:errors?|failures?|timeouts?|5\d\ds?|error rates?|latency) (?:begins?|began|"
        r"starts?|started|rise|rises|rose|spike[sd]?|climb\w*|increase[sd]?|appear\w*|"
        r"occur\w*)|"
        r"(?:goes|went|going|go|is|are|was|were) (?:down|offline|unavailable|unreachable)|"
        r"first (?:failures?|errors?|failed)|becomes? (?:unavailable|unresponsive|"
        r"unreachable)|became (?:unavailable|unresponsive|unreachable)|stop(?:s|"
        r"ped)? (?:working|responding|answering|serving)|answer(?:s|ing)? 5\d\d|"
        r"(?:nodes?|database|server|cluster|service|api|site|website|disk|primary) (?:fails|"
        r"failed|not ready|crash(?:es|ed)))"
    ),
}  # fmt: skip
_PATTERNS = {name: re.compile(words, re.IGNORECASE) for name, words in _WORDS.items()}


@dataclass(frozen=True, slots=True)
class Guess:
    """A milestone and the words that speak for it."""

    milestone: str
    words: str


@dataclass(frozen=True, slots=True)
class Event:
    """What a row says, and where: its clock as written, and the headings above it."""

    text: str
    is_timed: bool
    clock: str | None = None
    titles: tuple[str, ...] = ()


def guess(events: Sequence[Event], windows: Sequence[Window] = ()) -> list[list[Guess]]:
    """Milestones for events in their order.

    Rows below the same headings are one incident. Each milestone is guessed once an incident: its
    first row, or for ``mitigated`` and ``resolved`` its last. A window that the document states
    says where an incident starts and ends.
    """
    found: list[list[Guess]] = [[] for _ in events]
    begin = 0
    while begin < len(events):
        end = begin
        while end < len(events) and _incident(events[end]) == _incident(events[begin]):
            end += 1
        _one_incident(events, range(begin, end), found, windows)
        begin = end
    return found


def _incident(event: Event) -> tuple[str, ...]:
    """The headings of an incident: a phase of a timeline is none of its own."""
    titles = event.titles
    timelines = [number for number, title in enumerate(titles) if kind_of(title) == "timeline"]
    if not timelines:
        return ()
    if len(timelines) > 1:
        return titles[: timelines[-1]]
    return titles[: timelines[0]]


def _one_incident(
    events: Sequence[Event], rows: range, found: list[list[Guess]], windows: Sequence[Window]
) -> None:
    timed = [row for row in rows if events[row].is_timed]
    if not timed:
        return
    labelled: dict[str, tuple[int, str]] = {}
    worded: dict[str, tuple[int, str]] = {}
    for row in timed:
        text = events[row].text[:2000]
        if label := _LABEL.match(text):
            labelled.setdefault(str(label.lastgroup), (row, label[0].strip(" *:-–—_")))
        for name, pattern in _PATTERNS.items():
            match = pattern.search(text)
            if match and (name in ("resolved", "mitigated") or name not in worded):
                worded[name] = (row, match[0])
    if labelled.get("detected", (len(events),))[0] < worded.get("started", (0,))[0]:
        # What is called the detection stands above; impact had begun by then.
        worded.pop("started")
    for window in windows:
        titles = events[timed[0]].titles
        if window.titles != titles[: len(window.titles)]:
            continue
        words = f"stated: {window.start} to {window.end}"
        for row in timed:
            if events[row].clock == window.start:
                labelled.setdefault("started", (row, words))
            if events[row].clock == window.end:
                labelled["resolved"] = (row, words)
    chosen = {**worded, **labelled}
    resolved = chosen.get("resolved")
    if resolved and chosen.get("mitigated", (0,))[0] >= resolved[0]:
        chosen.pop("mitigated", None)
    if "started" not in chosen or (resolved and chosen["started"][0] >= resolved[0]):
        # Nothing says that impact begins; the first row is the nearest there is.
        clocked = [row for row in timed if events[row].clock is not None]
        chosen["started"] = (clocked[0] if clocked else timed[0], "the first row")
    introduced = chosen.get("introduced")
    if introduced and introduced[0] >= chosen["started"][0]:
        chosen.pop("introduced")
    for name in ("mitigating", "mitigated"):
        if name in chosen and chosen[name][0] < chosen["started"][0]:
            chosen.pop(name)
    for name in _ORDER:
        if name in chosen:
            row, words = chosen[name]
            found[row].append(Guess(name, words))


_ORDER = (
    "introduced started detected acknowledged declared announced identified mitigating mitigated "
    "resolved"
).split()
