"""mkdocs-postmortem: the timeline is data, and everything a reader sees is derived from it."""

__version__ = "0.1.0"
