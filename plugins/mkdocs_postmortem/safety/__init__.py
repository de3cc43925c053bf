"""What must not leave: patterns, image metadata, the non-public strings, and the built site."""
