"""Documents: files and evidence, encrypted, hashed, with a custody chain.

A file is sealed under the key of the person it is about, named by its SHA-256, and never changed; whoever
held, opened or copied it is written down. Photographs lose their place and device before they are kept.
Knows no case: the capabilities above attach a document to what they know.
Below it: duties, access, journal, kernel. Empty until evidence is taken in.
"""
