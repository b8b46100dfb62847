"""Counselling: family counselling under the unified framework.

Requests, sessions, programmes, licences of centres, measured outcomes. The notes of a session are sealed:
nobody outside the centre reads them, and statistics gets only how many and how it went.
Does not know alimony, visitation or prevention.
Empty until the counselling centres' part is built.
"""
