"""A report as it is typed: one sheet of several forms. Shape only; whether it may be taken, the service decides.

A sheet is `checked` or not: a draft that somebody goes on with shows no errors before she asks for them.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.forms.utils import ErrorDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from takatuf.cases.rules import Exposure, Known, ReporterIn, ReportIn
from takatuf.kernel.reference import DIGITS, pack
from takatuf.people.rules import PersonIn, Precision, Sex

from .fields import KnownDateField, coded, ltr, plain

UNKNOWN = _("Not known")
YES_NO = ((Known.YES.value, _("Yes")), (Known.NO.value, _("No")), (Known.UNKNOWN.value, UNKNOWN))
SEXES = ((Sex.FEMALE.value, _("Female")), (Sex.MALE.value, _("Male")), (Sex.UNKNOWN.value, UNKNOWN))


class Quiet(forms.Form):
    """A form that keeps its errors to itself until it is checked."""

    checked = False

    @property
    def errors(self) -> ErrorDict:
        if not self.checked:
            return ErrorDict()
        return super().errors


def day_field(**options: Any) -> forms.DateField:
    return forms.DateField(
        widget=forms.DateInput(attrs={"type": "date", "dir": "ltr"}, format="%Y-%m-%d"), **options
    )


def time_field(**options: Any) -> forms.TimeField:
    return forms.TimeField(
        widget=forms.TimeInput(attrs={"type": "time", "dir": "ltr"}, format="%H:%M"), **options
    )


class Receipt(Quiet):
    """When, where and how the report came in."""

    received_on = day_field(label=_("Day received"))
    received_time = time_field(label=_("Hour received"))
    channel = forms.ChoiceField(label=_("How it came in"), choices=coded("channels", _("Choose")))
    received_place = forms.CharField(
        label=_("Place of receipt"),
        help_text=_("The office, ward or school where it was received."),
        max_length=200,
        required=False,
        widget=plain(),
    )
    external_ref = forms.CharField(
        label=_("Your own number of the report"),
        help_text=_("As in your register, if there is one."),
        max_length=80,
        required=False,
        widget=ltr(),
    )


class Telling(Quiet):
    """Who tells it. Sealed."""

    kind = forms.ChoiceField(
        label=_("Who tells it"), choices=coded("reporter_kinds", UNKNOWN), required=False
    )
    name = forms.CharField(
        label=_("Her or his name"), max_length=300, required=False, widget=plain(dir="auto")
    )
    phone = forms.CharField(label=_("Phone"), max_length=200, required=False, widget=ltr(inputmode="tel"))
    personal_number = forms.CharField(
        label=_("Personal number"), max_length=200, required=False, widget=ltr(inputmode="numeric")
    )
    note = forms.CharField(
        label=_("Note about who tells it"),
        max_length=200,
        required=False,
        widget=plain(dir="auto"),
    )


class Person(Quiet):
    """One party, as told. Everything may be missing."""

    anonymous = forms.BooleanField(label=_("The name is not known or not given"), required=False)
    name_ar = forms.CharField(
        label=_("Name in Arabic"), help_text=_("All parts, as in the document if there is one."),
        max_length=300, required=False, widget=plain(dir="rtl", lang="ar"),
    )  # fmt: skip
    name_latin = forms.CharField(
        label=_("Name in Latin letters"), max_length=300, required=False, widget=ltr(lang="en")
    )
    personal_number = forms.CharField(
        label=_("Personal number"), max_length=200, required=False, widget=ltr(inputmode="numeric")
    )
    phones = forms.CharField(
        label=_("Phone"), help_text=_("Several are separated by a comma."),
        max_length=200, required=False, widget=ltr(inputmode="tel"),
    )  # fmt: skip
    birth = KnownDateField(label=_("Birth date or year"), required=False)
    age = forms.IntegerField(
        label=_("Age in years"),
        help_text=_("If the birth date is not known."),
        required=False,
        widget=ltr(inputmode="numeric"),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=SEXES, required=False, widget=forms.RadioSelect)
    nationality = forms.ChoiceField(
        label=_("Nationality"), choices=coded("nationalities", UNKNOWN), required=False
    )
    marital_status = forms.ChoiceField(
        label=_("Marital status"), choices=coded("marital", UNKNOWN), required=False
    )
    education = forms.ChoiceField(
        label=_("Education level"), choices=coded("education", UNKNOWN), required=False
    )
    occupation = forms.ChoiceField(
        label=_("Occupation"), choices=coded("occupations", UNKNOWN), required=False
    )
    area = forms.ChoiceField(label=_("Governorate"), choices=coded("areas", UNKNOWN), required=False)
    block = forms.CharField(label=_("Block"), max_length=10, required=False, widget=ltr(inputmode="numeric"))
    address = forms.CharField(label=_("Address"), max_length=500, required=False, widget=plain(dir="auto"))

    def person(self) -> PersonIn:
        values = self.cleaned_data
        born = values["birth"]
        texts = ("name_ar", "name_latin", "personal_number", "nationality", "marital_status", "education",
                 "occupation", "area", "address")  # fmt: skip
        return PersonIn(
            **{name: values[name].strip() for name in texts},
            block=values["block"].translate(DIGITS).strip(),
            phones=split_phones(values["phones"]),
            birth_date=born.day if born else None,
            birth_precision=born.precision if born else Precision.UNKNOWN.value,
            age=values["age"],
            sex=values["sex"] or Sex.UNKNOWN.value,
            anonymous=values["anonymous"],
        )


def split_phones(text: str) -> tuple[str, ...]:
    parts = text.replace("،", ",").replace(";", ",").split(",")
    return tuple(part.strip() for part in parts if part.strip())


class Relations(forms.Select):
    """A list of relations in which each says whether the law names it: the page shows it when one is chosen."""

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **options)
        if value:
            option["attrs"]["data-note"] = scope_words(str(value))
        return option


def scope_words(code: str) -> str:
    """Whether a relation is one the law on protection from domestic violence covers, in words."""
    relation = pack().item("relations", code)
    if relation is None:
        return ""
    if relation.scope == "inside":
        return str(_("One of the family members that the law on domestic violence names."))
    if relation.scope == "configurable":
        return str(
            _("The law does not name this relation. The report is taken all the same and counted apart.")
        )
    return str(
        _(
            "Outside the family members that the law names. The report is taken all the same and counted apart."
        )
    )


class Incident(Quiet):
    """What happened, when and where."""

    relation = forms.ChoiceField(
        label=_("What the aggressor is to her"),
        choices=coded("relations", UNKNOWN),
        required=False,
        widget=Relations(attrs={"data-notes": "yes"}),
    )
    violence = forms.MultipleChoiceField(
        label=_("Forms of violence"),
        help_text=_("All that were told."),
        choices=coded("forms"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    severity = forms.ChoiceField(label=_("Severity"), choices=coded("severities", UNKNOWN), required=False)
    tool = forms.ChoiceField(label=_("Tool used"), choices=coded("tools", UNKNOWN), required=False)
    child_exposure = forms.ChoiceField(
        label=_("Child's exposure to the violence"),
        help_text=_("The law asks for this statement in every report."),
        choices=coded("exposures"),
        initial=Exposure.UNKNOWN.value,
        required=False,
        widget=forms.RadioSelect,
    )
    incident_on = KnownDateField(label=_("Date of the incident"), required=False)
    incident_time = time_field(label=_("Hour of the incident"), required=False)
    incident_place = forms.ChoiceField(
        label=_("Kind of place"), choices=coded("places", UNKNOWN), required=False
    )
    incident_area = forms.ChoiceField(
        label=_("Governorate of the incident"),
        help_text=_("Left open, it follows from the block where that is known."),
        choices=coded("areas", UNKNOWN),
        required=False,
    )
    incident_block = forms.CharField(
        label=_("Block of the incident"), max_length=10, required=False, widget=ltr(inputmode="numeric")
    )
    reported_before = forms.ChoiceField(
        label=_("Was violence reported before?"),
        choices=YES_NO,
        initial=Known.UNKNOWN.value,
        required=False,
        widget=forms.RadioSelect,
    )
    narrative = forms.CharField(
        label=_("What happened"),
        help_text=_("In her words where possible. It is sealed, and cannot be changed after signing."),
        max_length=60_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto", "autocomplete": "off"}),
    )
    injuries = forms.CharField(
        label=_("Injuries"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "autocomplete": "off"}),
    )


class Investigation(Quiet):
    """When the investigation began and ended."""

    started_on = day_field(label=_("Investigation began on"), required=False)
    started_time = time_field(label=_("at the hour"), required=False)
    finished_on = day_field(label=_("Investigation ended on"), required=False)
    finished_time = time_field(label=_("at the hour"), required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for part in ("started", "finished"):
            if (
                values.get(f"{part}_time")
                and not values.get(f"{part}_on")
                and f"{part}_on" not in self.errors
            ):
                self.add_error(f"{part}_on", _("Give the day as well."))
            if (
                values.get(f"{part}_on")
                and not values.get(f"{part}_time")
                and f"{part}_time" not in self.errors
            ):
                self.add_error(f"{part}_time", _("Give the hour as well: the law asks for it."))
        return values


PARTS: tuple[tuple[str, type[Quiet], Any], ...] = (
    ("receipt", Receipt, _("Receipt")),
    ("reporter", Telling, _("Who tells it")),
    ("victim", Person, _("The woman")),
    ("aggressor", Person, _("The aggressor")),
    ("incident", Incident, _("The violence")),
    ("investigation", Investigation, _("The investigation")),
)
# Field of a report, as refusals name it → where it is typed.
PLACES = {
    "received_at": ("receipt", "received_on"),
    "investigation_started_at": ("investigation", "started_on"),
    "investigation_finished_at": ("investigation", "finished_on"),
    "victim.birth_date": ("victim", "birth"),
    "aggressor.birth_date": ("aggressor", "birth"),
    "incident_precision": ("incident", "incident_on"),
    "forms": ("incident", "violence"),
} | {name: ("receipt", name) for name in ("channel", "received_place", "external_ref")}


class Sheet:
    """The whole of a report as typed, bound to what was typed."""

    def __init__(self, typed: Mapping[str, Any], *, checked: bool = False) -> None:
        self.data: MultiValueDict[str, Any] = MultiValueDict(
            {
                name: list(value) if isinstance(value, list | tuple) else [value]
                for name, value in typed.items()
            }
        )
        self.parts: dict[str, Quiet] = {}
        for name, form, _words in PARTS:
            self.parts[name] = form(self.data, prefix=name, auto_id="%s")
            self.parts[name].checked = checked

    def __getitem__(self, name: str) -> Quiet:
        return self.parts[name]

    @property
    def typed(self) -> dict[str, list[Any]]:
        """What a draft keeps: every field of ours, as typed."""
        known = {f"{part}-{field}" for part, form in self.parts.items() for field in form.fields}
        return {name: self.data.getlist(name) for name in self.data if name in known}

    def is_valid(self) -> bool:
        # Every part is asked, so that all errors show at once.
        return not [form for form in self.parts.values() if not form.is_valid()]

    def refuse(self, field: str, sentence: str) -> None:
        """Put what a service refused at the field where it was typed."""
        part, name = PLACES.get(field) or self._place(field)
        form = self.parts[part]
        form.add_error(name if name in form.fields else None, sentence)

    def _place(self, field: str) -> tuple[str, str]:
        role, dot, name = field.partition(".")
        return (role, name) if dot and role in self.parts else ("incident", field)

    def troubles(self) -> list[dict[str, Any]]:
        """Every error with the field it is at, top to bottom, for the summary."""
        found = []
        for part, _form, title in PARTS:
            form = self.parts[part]
            for name in (*form.fields, "__all__"):
                place = form[name] if name in form.fields else None
                for sentence in form.errors.get(name, ()):
                    found.append(
                        {
                            "id": first_id(place) if place is not None else part,
                            "part": title,
                            "label": place.label if place is not None else "",
                            "words": sentence,
                        }
                    )
        return found

    def report(self) -> ReportIn:
        """The report as the service takes it. Only after `is_valid`."""
        receipt, told, incident, looked = (
            self.parts[name].cleaned_data for name in ("receipt", "reporter", "incident", "investigation")
        )
        happened = incident["incident_on"]
        coded_fields = ("relation", "severity", "tool", "incident_area", "incident_place")
        return ReportIn(
            channel=receipt["channel"],
            received_at=local_moment(receipt["received_on"], receipt["received_time"]),
            received_place=receipt["received_place"].strip(),
            external_ref=receipt["external_ref"].strip(),
            reporter=ReporterIn(**{name: told[name].strip() for name in ReporterIn.__dataclass_fields__}),
            victim=self._person("victim"),
            aggressor=self._person("aggressor"),
            **{name: incident[name] for name in coded_fields},
            forms=tuple(incident["violence"]),
            child_exposure=incident["child_exposure"] or Exposure.UNKNOWN.value,
            reported_before=incident["reported_before"] or Known.UNKNOWN.value,
            incident_on=happened.day if happened else None,
            incident_precision=happened.precision if happened else Precision.UNKNOWN.value,
            incident_time=incident["incident_time"],
            incident_block=incident["incident_block"].translate(DIGITS).strip(),
            investigation_started_at=moment_or_none(looked["started_on"], looked["started_time"]),
            investigation_finished_at=moment_or_none(looked["finished_on"], looked["finished_time"]),
            narrative=incident["narrative"],
            injuries=incident["injuries"],
        )

    def _person(self, role: str) -> PersonIn:
        form = self.parts[role]
        assert isinstance(form, Person), "by PARTS"
        return form.person()


def first_id(field: forms.BoundField) -> str:
    """Where a link to the field leads: of several boxes, the first."""
    return field.id_for_label or f"{field.auto_id}_0"


def local_moment(day: date, hour: time) -> datetime:
    """The country's own day and hour as a moment."""
    return datetime.combine(day, hour, ZoneInfo(pack().timezone)).astimezone(UTC)


def moment_or_none(day: date | None, hour: time | None) -> datetime | None:
    return local_moment(day, hour) if day is not None and hour is not None else None


def beginning(now: datetime) -> dict[str, list[str]]:
    """What a new sheet holds already: it is received now, and what nobody said is not known."""
    local = now.astimezone(ZoneInfo(pack().timezone))
    return {
        "receipt-received_on": [local.date().isoformat()],
        "receipt-received_time": [local.strftime("%H:%M")],
        "victim-sex": [Sex.FEMALE.value],
        "aggressor-sex": [Sex.UNKNOWN.value],
        "incident-child_exposure": [Exposure.UNKNOWN.value],
        "incident-reported_before": [Known.UNKNOWN.value],
    }


def typed_person(person: PersonIn, role: str) -> dict[str, list[str]]:
    """A person as known already, in the fields of a sheet."""
    born = person.birth_date
    shapes = {Precision.DAY: "%d/%m/%Y", Precision.MONTH: "%m/%Y", Precision.YEAR: "%Y"}
    values = {
        "name_ar": person.name_ar,
        "name_latin": person.name_latin,
        "personal_number": person.personal_number,
        "phones": ", ".join(person.phones),
        "birth": born.strftime(shapes.get(Precision(person.birth_precision), "%Y")) if born else "",
        "age": str(person.age) if person.age is not None and born is None else "",
        "sex": person.sex if person.sex != Sex.UNKNOWN else "",
        "nationality": person.nationality,
    }
    return {f"{role}-{name}": [value] for name, value in values.items() if value}
