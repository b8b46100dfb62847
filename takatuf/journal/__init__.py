"""The journal: an append-only record of deeds and of reads, sealed so that an outsider can verify it."""
