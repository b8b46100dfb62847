"""Exchange: the post office between agencies.

Signed envelopes (CloudEvents, JWS), an outbox written in the transaction of the deed, an inbox whose primary
key is the message id, signed receipts, retries with back-off, daily reconciliation with each partner.
It carries messages and knows no case; `config/routes.py` names who handles which kind.
What cannot be delivered opens a duty; nothing drops. Empty until the first partner is joined.
"""
