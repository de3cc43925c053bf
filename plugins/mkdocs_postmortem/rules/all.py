"""Every rule of the product in one place; importing this module registers them all."""

from mkdocs_postmortem.rules import action_items as action_items
from mkdocs_postmortem.rules import claims as claims
from mkdocs_postmortem.rules import milestones as milestones
from mkdocs_postmortem.rules import reading as reading
from mkdocs_postmortem.rules import sections as sections
from mkdocs_postmortem.rules import site as site
from mkdocs_postmortem.rules import times as times
from mkdocs_postmortem.rules.registry import CHECKS as CHECKS
from mkdocs_postmortem.rules.registry import RULES as RULES
