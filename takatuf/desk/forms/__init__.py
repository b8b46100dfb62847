"""Forms of the desk: shape only; the rules are in the services."""
