"""The entries of prose: sentences that tell a time."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mkdocs_postmortem.importing.document import Block
from mkdocs_postmortem.importing.entry import Group, new_entry
from mkdocs_postmortem.importing.markup import time_within

# Longer paragraphs are no stories.
_LONGEST_STORY = 20_000


def sentences(lines: Sequence[str], block: Block, *, copied: bool) -> Group:
    """Prose: a sentence with a time begins an entry, the others go on with it."""
    group = Group("prose", block.section, is_weak=True)
    text = " ".join(lines[n].strip() for n in range(block.start, block.end))
    if len(text) > _LONGEST_STORY:
        return group
    for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z*_`\[(])", text):
        timed = time_within(sentence)
        if timed and timed.time.has_clock:
            entry = new_entry(timed, sentence, block.start, block.end, block.section)
            entry.copied = copied
            group.entries.append(entry)
        elif group.entries and not copied:
            group.entries[-1].text += f" {sentence}"
        elif not copied:
            group.entries.append(new_entry(None, sentence, block.start, block.end, block.section))
    if not group.clocks:
        group.entries = []
    elif not copied:
        group.lines = set(range(block.start, block.end))
    return group
