"""Alimony: rulings on maintenance, their execution, and the fund.

From the ruling to the execution file, the monthly payment and its recovery from the debtor: money in minor
units, double entry, reversal only. Missed payments are a danger signal for `cases`.
Does not know visitation, counselling or prevention: the mandates are separate, and so is the confidence.
Empty until court, fund and bank are joined.
"""
