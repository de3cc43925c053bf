"""Every rule, by the part of an incident that it is about.

`RULES` holds them by code once `all_rules` or a reader has imported the modules.
"""
