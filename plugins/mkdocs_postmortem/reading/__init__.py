"""From the bytes of a file to an incident: fences, YAML nodes, fields, and what is wrong."""
