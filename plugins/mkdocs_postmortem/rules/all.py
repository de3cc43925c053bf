"""Every rule of the product in one place; importing this module registers them all."""

from mkdocs_postmortem.rules import (
    action_items,
    addresses,
    claims,
    milestones,
    reading,
    review,
    safety,
    sections,
    site,
    times,
    untrusted,
    values,
)
from mkdocs_postmortem.rules.registry import CHECKS, RULES

__all__ = [
    "CHECKS",
    "RULES",
    "action_items",
    "addresses",
    "claims",
    "milestones",
    "reading",
    "review",
    "safety",
    "sections",
    "site",
    "times",
    "untrusted",
    "values",
]
