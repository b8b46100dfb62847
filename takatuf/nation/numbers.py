"""Personal numbers that are nobody's, and phones, in the forms of the country's pack; each is given once."""

import random
from datetime import date

from .country import Country

FIRST_MONTH, LAST_MONTH = 13, 99


class Numbers:
    """Gives each number once.  Templates: YY year of birth, MM a month of no calendar, N a digit; the rest as it is."""

    def __init__(self, country: Country, rng: random.Random) -> None:
        self.country, self.rng = country, rng
        self._given: set[str] = set()

    def personal(self, born: date, *, known: bool) -> str:
        """A demo number, or empty for those who have none: a few citizens, more people from abroad."""
        if self.rng.random() < (0.03 if known else 0.07):
            return ""
        return self._fresh(self.country.number_template, born)

    def phone(self) -> str:
        return self._fresh(self.country.phone_template, None)

    def _fresh(self, template: str, born: date | None) -> str:
        while (number := self._filled(template, born)) in self._given:
            pass
        self._given.add(number)
        return number

    def _filled(self, template: str, born: date | None) -> str:
        if born is not None:
            template = template.replace("YY", f"{born.year % 100:02d}", 1)
            template = template.replace("MM", str(self.rng.randint(FIRST_MONTH, LAST_MONTH)), 1)
        return "".join(str(self.rng.randrange(10)) if letter == "N" else letter for letter in template)
