"""Orders: protection orders, from request to expiry.

Issue, service, breach, renewal, revocation. "In force" is a question about a day, not a status.
A breach or an order about to end is a danger signal: a call down to `cases`, which opens a risk review.
May know cases, people and what is below them; alimony, visitation, counselling and prevention may know orders.
Empty until the courts' part is built.
"""
