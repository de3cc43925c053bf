"""Safe fixes of incident files: edits that findings carry, proved by reading the result again."""
