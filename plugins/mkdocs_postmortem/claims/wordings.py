"""The words that name a response time before or behind a length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from mkdocs_postmortem.claims.clauses import seen_as
from mkdocs_postmortem.claims.words import tokenize


class _Naming(NamedTuple):
    """How one response time is named; ``|`` separates alternatives."""

    keys: tuple[str, ...]
    aim: str  # after "time to" and "it took 4 minutes to"
    noun: str = ""  # before "took", "time" and "delay"
    past: str = ""  # before "within 4 minutes"
    short: str = ""


def _any(words: str) -> str:
    """A pattern for one of `words`, where an underscore is a space, and the space after it."""
    return "(?:" + "|".join(re.escape(word).replace("_", " ") for word in words.split()) + ") "


def _upto(times: int, pattern: str) -> str:
    return f"(?:{pattern}){{0,{times}}}"


_RECOVERY = ("time_to_resolve", "time_to_mitigate", "impact_duration")
_INCIDENT = ("impact_duration", "time_to_resolve", "time_to_mitigate")
_IMPACT_NOUNS = "downtime|outage|disruption|interruption|unavailability|impact"
_INCIDENT_NOUNS = "incident|event"
_FINDING = (
    "(?:the )?(?:(?:root|actual|offending|faulty|bad|underlying) ){0,2}"
    "(?:cause|culprit|change|commit|problem|bug|issue|source|fault)"
)
_STARTING = (
    "(?:the |a |our )?(?:recovery|recovering|mitigation|mitigating|rollback|roll back|"
    "rolling back|revert|reverting|remediation)"
)
_STATUS_PAGE = "(?:the |our )?status page"
_NAMINGS = (
    _Naming(
        ("time_to_announce",),
        "announce|announcing|announcement|public announcement|public (?:update|notice|statement)|"
        "first (?:public )?(?:update|notice|statement)|status (?:page )?(?:post|update|entry)|"
        f"status page|update {_STATUS_PAGE}|post (?:to|on) {_STATUS_PAGE}|"
        "(?:inform|notify|tell) (?:our )?(?:customers|users)",
        "announcement|public announcement|status page|status page update|status page post",
        f"announced|announced publicly|posted (?:to|on) {_STATUS_PAGE}",
    ),
    _Naming(
        ("time_to_detect",),
        "detect|detecting|detection|alert|alerting|notice|page|paging|discover|discovery",
        "detection|discovery|alerting",
        "detected|noticed|discovered|spotted|alerted|paged|"
        "(?:alert|alerts|alarm|alarms|monitor|monitors|monitoring|page|pages) "
        "(?:fired|went off|triggered|was triggered|were triggered|alerted|paged)",
        "ttd",
    ),
    _Naming(("time_to_detect", "time_to_announce"), "notification|first notification"),
    _Naming(
        ("time_to_acknowledge",),
        "acknowledge|acknowledging|acknowledgement|acknowledgment|ack",
        "acknowledgement|acknowledgment",
        "acknowledged|acked|(?:alert|page) (?:was )?acknowledged",
        "tta",
    ),
    _Naming(
        ("time_to_declare",),
        "declare|declaring|declaration|incident declaration|declare (?:an |the )?incident|"
        "open (?:an |the )?incident",
        "declaration|incident declaration",
        "declared|opened (?:an |the )?incident|(?:the |an )?incident (?:was )?opened",
    ),
    _Naming(
        ("time_to_identify",),
        "identify|identifying|identification|diagnose|diagnosing|diagnosis|root cause|"
        f"(?:find|pinpoint|locate|understand) {_FINDING}",
        "identification|diagnosis",
        f"identified|diagnosed|pinpointed|found {_FINDING}",
        "tti",
    ),
    _Naming(
        ("time_to_start_mitigation",),
        f"(?:initiate|initiating|start|starting|begin|beginning) {_STARTING}|"
        "mitigation start|start of mitigation|first mitigation",
        "",
        f"(?:started|began|initiated) {_STARTING}|"
        f"{_STARTING} (?:was )?(?:started|begun|began|initiated)",
    ),
    _Naming(
        ("time_to_mitigate",), "mitigate|mitigating|mitigation", "mitigation", "mitigated", "ttm"
    ),
    _Naming(("time_to_resolve",), "resolve|resolving|resolution", "resolution", "resolved"),
    _Naming(("time_to_resolve", "time_to_mitigate"), "fix", "", "fixed"),
    _Naming(
        _RECOVERY,
        "recover|recovering|recovery|restore|restoring|restoration|repair|"
        "(?:all|everything|all services|the service) (?:was|were) (?:back|healthy|normal|restored)",
        "recovery|restoration",
        "recovered|restored",
        "ttr",
    ),
    _Naming(("time_to_publish",), "publish|publication"),
)

_ZONE = _any("utc gmt z pst pdt est edt cet cest bst")
_CLOCK = f"(?:~ )?@ (?:am |pm )?(?:{_ZONE})?"
_CLOCKS = f"(?:(?:from |between )?{_CLOCK}(?:(?:to|and|until|-) {_CLOCK})?)?"
_QUANTITY = _upto(2, _any("a_total_of only just exactly precisely in_total overall all a_full"))
_FULL = _upto(
    3, _any("the full fully complete completely total overall final first initial public")
)
_DETERMINER = _any(
    "the our a an this that its all entire whole total overall full complete actual final public "
    "production main"
)
_OBJECT = _any(
    "the this that it us a an incident outage issue problem fault failure disruption impact cause "
    "root source culprit error errors regression bug service services normal access availability "
    "full fully completely functionality offending faulty bad change commit deploy deployment "
    "release by our on_call engineer engineers team monitoring monitors alerting alert page "
    "automatically internally publicly everything everyone system systems platform site "
    "website api apis production traffic operation operations for_all_customers for_all_users "
    "for_everyone"
)
_AUXILIARY = _any(
    "was were been being has have got fully finally completely then also quickly first only "
    "automatically successfully manually eventually entirely itself"
)
_PRONOUN = _any("we they it this everyone somebody someone customers users engineers")
_THING = _any(
    "incident outage issue problem cause root_cause disruption fault failure error errors impact "
    "service services system systems platform site website api apis app application everything "
    "downtime regression degradation bug team engineer engineers responder responders on_call "
    "monitoring customers users traffic access functionality availability registry dashboard"
)
_EDGE = r"(?:\^ (?:\| )?|[:|] |§ (?:, )?(?:and |but )?(?:then )?)"
_LOOSE_EDGE = rf"(?:{_EDGE}|[,(-] |and |but )"
_LINK = _any("was were is of : = - | took came_to amounted_to stood_at")
_NOUN_LINK = _any(
    "was were is of for : = - | ( lasted lasting which_lasted that_lasted totalled totaled "
    "totalling totaling came_to amounted_to amounting_to ran_to"
)
_BEFORE_NOUN = _any(
    "the a an this our that total complete full whole entire overall major service site website "
    "api apis platform production customer user facing cumulative resulting actual system global "
    "unplanned public its today's yesterday's in caused causing was were had with saw suffered "
    "experienced and but of , : - | ("
)
_ABOUT_INCIDENT = f"(?:(?:of|for) (?:the|this) {_any('incident outage event disruption')})?"
_ABOUT_ALL = f"(?:for (?:all )?(?:of )?(?:our )?{_any('customers users everyone services')})?"
_SUFFIX = "(?: (?:duration|time|period|length|window))?"
_ABBREVIATED = r"(?:\( m?tt[a-z] \) |\) )?"
_START = r"(?<![^ ])"

# What may follow a length whose name stands before it. Anything else, such as another noun
# ("a 5 minute timeout") or another anchor ("4 minutes after the deploy"), makes it no claim.
_GOES_ON = (
    r"(?:[.,()|:;-] |across (?:[a-z]+|#) (?:incidents|outages) |"
    + _any(
        "and but because due caused while until as with which when during today yesterday thanks "
        "by although though however this that where so despite starting beginning ending "
        "affecting utc in_total in_all total overall altogether between_@ from_@ at_@ at_~ on_# "
        "on_monday on_tuesday on_wednesday on_thursday on_friday on_saturday on_sunday for_all "
        "for_everyone for_everybody across_all versus vs against compared rather instead"
    )
    + ")"
)
_PLAIN_AFTER = re.compile(f"(?:long )?{_GOES_ON}")
_STRICT_AFTER = re.compile(r"[.,()|] ")
_LASTING = re.compile(r"\b(?:for|of|lasted|lasting) ")
_LASTING_AFTER = re.compile(_any("after following before was were followed hit occurred"))
_OUTAGE_AFTER = re.compile(
    f"{_GOES_ON}|"
    + _any(
        "after before following followed hit on_the was were had has began started occurred we "
        "for_customers for_users for_our_customers for_our_users of_all of_our of_the_api "
        "of_the_site of_the_service"
    )
)
_NOT_BEFORE_OUTAGE = re.compile(
    "(?:"
    + _any(
        "within after every each during first last next per another than additional further until "
        "before at from through month months year years months_and years_and month_and year_and"
    )
    + "|(?<!resulted )(?<!resulting )(?<!ended )(?<!culminated )in )$"
)
_START_ANCHOR = re.compile(
    "(?:after|from|since|of|following) (?:the |its |our )?(?:actual |first )?(?:"
    "(?:impact|incident|outage|disruption|issue|problem|failure|failures|errors|it|downtime) "
    "(?:had )?(?:first )?(?:started|starting|began|begun|begins|beginning|start|onset)(?! of)"
    "|(?:start|onset|beginning)(?: of (?:the |our )?(?:impact|incident|outage|disruption|issue|"
    "problem|downtime))?(?! of)) "
)
_ALERT_ANCHOR = re.compile(
    "(?:after|of|from) (?:the |being )?(?:first )?"
    f"(?:alert|alerts|page|pages|paged|alerted|detection) (?:fired |firing |came )?{_GOES_ON}"
)
_US = _any("us the_team our_team our_engineers engineers everyone")
_TOOK = re.compile(
    rf"(?:{_START}(?:{_LOOSE_EDGE}|{_PRONOUN}|{_DETERMINER}{_THING})(?:had |has )?"
    rf"(?:took|taken|lasted|was|were) (?:{_US})?"
    rf"|\^ (?:\| )?|[,:(|-] |§ (?:to|until|before) (?:[a-z]+ ){{1,5}}(?:, )?(?:and )?){_QUANTITY}$"
)


class Wording:
    """The patterns for some names, in which the group ``k0`` stands for the first of them…"""

    def __init__(self, namings: tuple[_Naming, ...], *, impact: bool) -> None:
        self.keys = [naming.keys for naming in namings] + [("impact_duration",), _INCIDENT]

        def names(*, aim: str = "", noun: str = "", past: str = "", short: str = "") -> str:
            alternatives = []
            for number, naming in enumerate(namings):
                forms = [
                    template.replace("NAME", f"(?:{words})")
                    for template, words in (
                        (aim, naming.aim),
                        (noun, naming.noun),
                        (past, naming.past),
                        (short, naming.short),
                    )
                    if template and words
                ]
                if forms:
                    alternatives.append(f"(?P<k{number}>(?:{'|'.join(forms)}) )")
            return "(?:" + "|".join(alternatives or ["(?!)"]) + ")"

        def of_impact(pattern: str, place: int = 0) -> str:
            return f"(?P<k{len(namings) + place}>{pattern})" if impact else "(?!)"

        measure = names(
            aim=f"(?:mean )?time (?:to|until|till) {_FULL}NAME",
            noun="NAME (?:time|delay|lag|duration)",
            short="m?NAME",
        )
        self.measure = re.compile(
            f"{_START}(?P<name>{measure})(?P<gap>{_upto(6, _OBJECT)}{_ABBREVIATED}{_CLOCKS}"
            rf"{_upto(2, _LINK)}{_CLOCKS}(?:\( )?{_QUANTITY}(?:within )?)$"
        )
        impact_noun = of_impact(
            f"(?:(?:duration|length) of (?:the )?)?(?:{_IMPACT_NOUNS}){_SUFFIX} "
        )
        incident_noun = of_impact(
            f"(?:(?:duration|length) of (?:the |this )?(?:{_INCIDENT_NOUNS})|"
            f"(?:{_INCIDENT_NOUNS}) (?:duration|length)) ",
            1,
        )
        self.noun = re.compile(
            rf"{_START}(?:\^ (?:\| )?|{_BEFORE_NOUN})(?P<name>{impact_noun}|{incident_noun})"
            rf"(?P<gap>{_ABOUT_INCIDENT}{_ABOUT_ALL}{_CLOCKS}{_NOUN_LINK}(?:{_NOUN_LINK})?"
            rf"{_CLOCKS}(?:\( )?{_QUANTITY})$"
        )
        self.incident = re.compile(
            rf"{_START}(?:\^ |{_BEFORE_NOUN})(?P<name>{of_impact(f'(?:{_INCIDENT_NOUNS}) ', 1)})"
            f"(?P<gap>(?:which |that )?(?:lasted|lasting) (?:for )?{_QUANTITY})$"
        )
        down = of_impact(_any("down unavailable offline inaccessible unreachable unusable"))
        self.down = re.compile(
            rf"{_START}(?:\^ |[:|] |we |(?:{_LOOSE_EDGE}|{_DETERMINER}|"
            rf"{_any('took brought knocked taking')}){_THING})"
            + _upto(3, _any("was were went being completely fully totally entirely all hard"))
            + f"(?P<name>{down})"
            rf"(?P<gap>{_CLOCKS}(?:[,(] )?(?:for )?{_QUANTITY})$"
        )
        self.act = re.compile(
            rf"{_START}(?:{_EDGE}|{_LOOSE_EDGE}(?:the |our |an? |first |all )|{_PRONOUN}|"
            rf"(?:{_LOOSE_EDGE}|{_DETERMINER}){_THING}(?:{_THING})?){_upto(3, _AUXILIARY)}"
            f"(?P<name>{names(past='NAME')})(?P<gap>{_upto(7, _OBJECT)}"
            f"(?P<link>(?:in|within|after) )?{_QUANTITY})$"
        )
        self.bare = re.compile(
            rf"{_START}(?:{_EDGE}|[,(-] |but |while |{_DETERMINER}){_FULL}"
            f"(?P<name>{names(noun='NAME')})(?P<gap>(?:of (?:the |this )?"
            f"{_any('incident outage issue problem service services')})?"
            f"(?:took|lasted|within|in|after) (?:us )?{_QUANTITY}(?:within )?)$"
        )
        label = of_impact(f"(?:{_IMPACT_NOUNS}){_SUFFIX} ")
        self.label = re.compile(
            rf"{_START}\^ (?:\| )?{_FULL}(?P<name>{names(noun='NAME')}|{label})"
            rf"(?P<gap>(?:[:=|-] )?{_CLOCKS}(?:\( )?(?:within )?)$"
        )
        adjective = _any(
            "total complete full service site website api apis platform production global "
            "cumulative customer facing user major overall combined public unplanned system wide"
        )
        self.outage = re.compile(
            f"(?P<gap>(?:long )?(?:of )?{_upto(3, adjective)})"
            f"(?P<name>{of_impact(f'(?:{_IMPACT_NOUNS}) ')})(?!: )"
        )
        self.measured = re.compile(
            f"(?P<gap>(?:long |total |overall )?)(?P<name>{measure})(?!: )(?={_GOES_ON})"
        )
        someone = _any("we anyone anybody someone somebody it_was monitoring the_on_call_engineer")
        self.aim = re.compile(
            f"(?P<gap>(?:to|until|before) {_FULL}(?:{someone})?)"
            f"(?P<name>{names(aim='NAME', past='NAME')}){_upto(7, _OBJECT)}"
            f"(?:was (?:seen|complete|confirmed) )?(?={_GOES_ON})"
        )

    def keys_of(self, match: re.Match[str]) -> tuple[str, ...]:
        """The keys of the name that `match` found."""
        groups = match.groupdict()
        return next(
            keys for number, keys in enumerate(self.keys) if groups.get(f"k{number}") is not None
        )

    def names_before(self, left: str, right: str) -> Iterator[re.Match[str]]:
        """Names in the words before a length, where the words after it leave them standing."""
        plain = _PLAIN_AFTER.match(right) is not None
        if plain or _START_ANCHOR.match(right):
            for pattern in (self.measure, self.bare):
                if match := pattern.search(left):
                    yield match
        for pattern in (self.noun, self.incident, self.down):
            if match := pattern.search(left):
                # "Down for 5 minutes after a deploy" lasted 5 minutes; "the outage was 5 minutes
                # after the deploy" tells when it began.
                lasting = _LASTING.search(match["gap"]) and _LASTING_AFTER.match(right)
                if plain or lasting:
                    yield match
        if match := self.act.search(left):
            acknowledged = self.keys_of(match) == ("time_to_acknowledge",)
            anchor = _ALERT_ANCHOR if acknowledged else _START_ANCHOR
            if (plain and match["link"]) or anchor.match(right):
                yield match
        if _STRICT_AFTER.match(right) and (match := self.label.search(left)):
            yield match

    def names_after(self, left: str, right: str) -> Iterator[re.Match[str]]:
        """Names in the words after a length, where the words before it leave them standing."""
        if not _NOT_BEFORE_OUTAGE.search(left):
            if (match := self.outage.match(right)) and _OUTAGE_AFTER.match(right, match.end()):
                yield match
            if match := self.measured.match(right):
                yield match
        if (match := self.aim.match(right)) and _TOOK.search(left):
            yield match


@cache
def built_in() -> Wording:
    """The patterns for what every site measures, compiled when they are first needed."""
    return Wording(_NAMINGS, impact=True)


@lru_cache(maxsize=32)
def custom_wordings(names: tuple[tuple[str, str], ...]) -> tuple[Wording, ...]:
    """The patterns for a site's own response times, given as keys and names."""
    namings = []
    for key, name in names:
        words = " ".join(seen_as(token) for token in tokenize(name, 0, len(name)))
        for prefix in ("mean time to ", "time to the ", "time to "):
            words = words.removeprefix(prefix)
        for suffix in (" time", " duration", " delay"):
            words = words.removesuffix(suffix)
        if any(character.isalpha() for character in words):
            namings.append(_Naming((key,), re.escape(words), re.escape(words)))
    return (Wording(tuple(namings), impact=False),) if namings else ()
