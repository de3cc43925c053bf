"""Measures how long builds, rebuilds and commands take, side by side with other engines."""
