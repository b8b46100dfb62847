"""Every marked string has its Arabic; and the machinery that says so finds what it should."""

from pathlib import Path

import pytest

from config import messages
from config.messages import Message

TEMPLATE = """{% load i18n %}
<h1>{% translate "Reports" %}</h1>
{% translate 'May' context "month name" as may %}
{% blocktranslate trimmed with name=person.name count total=list|length %}
    {{ name }} has <b>one</b> report, 50% done.
{% plural %}
    {{ name }} has {{ total }} reports, 50% done.
{% endblocktranslate %}
{{ value|default:_("unknown") }}
{% include "x.html" with title=_('Search') %}
{% comment %}{% translate "never" %}{% endcomment %}
"""
PYTHON = """
from django.utils.translation import gettext_lazy as _, npgettext, pgettext_lazy as in_context
from django.utils import translation
def _unmarked(text): ...
title = _("Two " "parts")
one = npgettext("table", "%(n)s row", "%(n)s rows", 3)
two = in_context("verb", "Open")
three = translation.gettext("Close")
four = print("not marked")
"""


def test_every_string_has_its_arabic():
    assert messages.faults(messages.found()) == [], (
        "takatuf messages extract, then write the Arabic in locale/ar"
    )


def test_templates_are_read_as_django_looks_them_up():
    found = {(m.context, m.text, m.plural): m.line for m in messages.in_template(TEMPLATE, "t.html")}

    assert found == {
        ("", "Reports", ""): 2,
        ("month name", "May", ""): 3,
        (
            "",
            "%(name)s has <b>one</b> report, 50%% done.",
            "%(name)s has %(total)s reports, 50%% done.",
        ): 4,
        ("", "unknown", ""): 9,
        ("", "Search", ""): 10,
    }


def test_python_is_read_through_whatever_names_were_imported():
    found = {(m.context, m.text, m.plural) for m in messages.in_python(PYTHON, "p.py")}

    assert found == {
        ("", "Two parts", ""),
        ("table", "%(n)s row", "%(n)s rows"),
        ("verb", "Open", ""),
        ("", "Close", ""),
    }


def test_a_string_that_cannot_be_looked_up_is_refused():
    source = "from django.utils.translation import gettext as _\n_(f'hello {name}')\n"
    with pytest.raises(messages.Unreadable, match=r"p.py:2"):
        list(messages.in_python(source, "p.py"))


def written(po: Path, msgid: str, msgstr: str, flags: str = "") -> None:
    po.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        f'{flags}msgid "{msgid}"\nmsgstr "{msgstr}"\n'
    )


@pytest.mark.parametrize(
    ("msgstr", "flags", "complaint"),
    [
        ("", "", "no Arabic"),
        ("مرحبًا %(name)s", "#, fuzzy\n", "fuzzy"),
        ("مرحبًا", "", "placeholders differ"),
        ("<b>مرحبًا</b> %(name)s", "", "HTML tags differ"),
        ("مرحبًا %(name)s", "", None),
    ],
)
def test_gaps_are_found_and_named(tmp_path, msgstr, flags, complaint):
    po = tmp_path / "django.po"
    written(po, "Welcome %(name)s", msgstr, flags)

    faults = messages.faults([Message("a.html", 7, "Welcome %(name)s")], po)

    assert (faults == []) if complaint is None else (len(faults) == 1 and complaint in faults[0])
    assert all(fault.startswith("a.html:7 ") for fault in faults)


def test_extracting_again_keeps_the_arabic_and_remembers_what_left(tmp_path):
    po = tmp_path / "django.po"
    written(po, "Reports", "البلاغات")

    messages.extract([Message("a.html", 1, "Search")], po)
    messages.extract([Message("a.html", 5, "Search"), Message("b.html", 1, "Reports")], po)

    assert messages.faults([Message("b.html", 1, "Reports")], po) == []
    assert "no Arabic" in messages.faults([Message("a.html", 5, "Search")], po)[0]


def test_what_is_compiled_is_what_django_reads(tmp_path):
    import gettext

    po = tmp_path / "django.po"
    written(po, "Reports", "البلاغات")

    assert messages.compile_if_stale(po)
    assert not messages.compile_if_stale(po)
    with po.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Reports") == "البلاغات"
