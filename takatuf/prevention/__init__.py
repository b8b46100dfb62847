"""Prevention: awareness before anything happens.

Programmes in schools, workplaces and media: who was reached, what was learnt, what it cost.
Knows no survivor and needs none: its facts are about activities.
Does not know alimony, visitation or counselling.
Empty until the awareness programmes are built.
"""
