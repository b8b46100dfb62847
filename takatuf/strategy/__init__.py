"""Strategy: the national strategy, followed up.

Axes, initiatives, indicators with baseline and target, periods, obstacles, lessons, recommendations.
Its figures come from `statistics` and can be rebuilt; it never sees a person.
Every initiative has a responsible body, and what is late is visible to the owner of the strategy.
Empty until the council's part is built.
"""
