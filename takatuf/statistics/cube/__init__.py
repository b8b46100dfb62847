"""The cube: tables as immutable definitions, compiled to SQL, and counted a second time the slow, obvious way. Pure."""
