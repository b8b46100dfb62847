"""Bringing in an agency's file: declared mapping, quarantine with reasons, resumable, proven at the end.

`mapping` reads and checks the declaration; `readers` streams the file; `convert` turns a row into a report
(pure); `services` does the deeds; `selectors` shows runs and quarantine; `words` says it in both languages.
"""
