"""The page blocks, styles and script of mkdocs-postmortem, found by `importlib.resources`."""
