"""Nation: a synthetic country with known truth.

Households and kin, names in two scripts, violence with seasons and repetition, and what each agency wrote down of
it, with its own mistakes.  The plan is pure and the same for the same seed; `services` writes it through the deeds
that a user would use; the truth stays in files of its own, for measuring linkage and figures afterwards.
"""
