"""Bilingual text: Arabic and English as equals."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    ar: str
    en: str

    def in_(self, language: str) -> str:
        return self.ar if language.startswith("ar") else self.en

    def __str__(self) -> str:
        from django.utils.translation import get_language

        return self.in_(get_language() or "ar")
