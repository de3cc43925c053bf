"""What changes for readers between two states of a repository, in computed terms.

git.py, revision.py ─ files ─► site_at.py ─ readings ─► comparing.py ─ changes.py ─► comment.py,
document.py. What it compares with is in sides.py; each of the others answers one question of it.
"""
