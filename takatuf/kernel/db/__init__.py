"""Django's PostgreSQL backend, which names the acting person after each BEGIN."""
