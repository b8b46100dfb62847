"""Two countries small enough to read, besides those of the packs."""

from takatuf.nation.country import Coded, Country, Office
from takatuf.nation.settings import RELATIONS

KINDS = (
    "police",
    "prosecution",
    "health",
    "social",
    "association",
    "hotline",
    "education",
    "counselling",
    "shelter",
)
IN_EVERY_AREA = ("police", "health", "social", "education")


def land(language: str = "ar") -> Country:
    """Four areas; Arabic first with a nine-digit number, or English first with letters in it."""
    areas = tuple(
        (area, tuple(range(start, start + 60)))
        for area, start in (("A", 101), ("B", 201), ("C", 301), ("D", 401))
    )
    offices = [
        Office(unit=f"{kind}-{area or 'all'}", agency=kind.upper(), kind=kind, area=area, role="worker")
        for kind in KINDS
        for area in ("ABCD" if kind in IN_EVERY_AREA else ("",))
    ]
    return Country(
        code=f"land-{language}",
        version="1",
        languages=(language, "en" if language == "ar" else "ar"),
        timezone="Asia/Riyadh" if language == "ar" else "Europe/Berlin",
        weekend=(5, 6) if language == "ar" else (6, 7),
        majority=18,
        home="AAA",
        foreign=("IND", "EGY", "PAK", "PHL", "BGD", "ETH"),
        areas=areas,
        number_template="YYMMNNNNN" if language == "ar" else "X-YYMM-NNNN",
        phone_template="3NNNNNNN",
        phone_country="999",
        relations={kin: kin.upper() for kin, _ in RELATIONS},
        forms=Coded(
            codes=("PHY", "PSY", "SEX", "ECO"),
            known={"physical": "PHY", "psychological": "PSY", "sexual": "SEX", "economic": "ECO"},
        ),
        severities=("light", "medium", "grave"),
        tools=Coded(codes=("hand", "knife", "stick"), known={"hand": "hand"}),
        places=Coded(codes=("home", "car", "street"), known={"home": "home"}),
        channels=Coded(codes=("desk", "phone"), known={"person": "desk", "phone": "phone"}),
        reporters=Coded(
            codes=("victim", "family", "doctor"),
            known={"victim": "victim", "family": "family", "medical": "doctor"},
        ),
        marital=Coded(codes=("S", "M", "D"), known={"single": "S", "married": "M", "divorced": "D"}),
        education=("none", "primary", "secondary", "degree"),
        occupations=Coded(codes=("student", "employee"), known={"student": "student", "private": "employee"}),
        offices=tuple(offices),
    )
