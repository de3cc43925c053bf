"""What changes for readers between two states of a repository, in computed terms.

git.py, revision.py ─ files ─► site_at.py ─ readings ─► changes.py ─► comment.py, document.py
"""
