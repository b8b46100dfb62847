"""Visitation: rulings on seeing the child, carried out in safety.

Schedules, rooms in the social centres, hand-over and return, attendance records, reports to the court.
She and the other party never meet by our planning; a missed or violent visit is a danger signal for `cases`.
Does not know alimony, counselling or prevention.
Empty until the social centres' part is built.
"""
