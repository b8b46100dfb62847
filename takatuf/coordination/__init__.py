"""Coordination: the conversation about a person between agencies.

Referrals with consent and purpose (offered, accepted, returned: never silent), and the high-risk case
conference with its decisions and their owners. `exchange` carries the letters; what they mean is decided here.
May know every capability below; none of them knows it.
Empty until the second agency joins a case.
"""
