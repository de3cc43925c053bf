"""From computed incidents to HTML. Everything that changes the output is passed in."""
