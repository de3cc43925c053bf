"""Postmortems that exist already, as incident files: `postmortem import`."""
