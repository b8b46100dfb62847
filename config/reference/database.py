"""The tables as declared: columns with their class, what each role may do, and who sees which row."""

import re
from collections import defaultdict
from typing import Any, NamedTuple

from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunSQL

from config import roles
from config.reference import walk
from config.reference.markdown import code, codes, table
from config.ties import TIES
from takatuf.kernel.db.policies import AGENCY, SCOPE, UNIT, USER, has

POLICY = re.compile(
    r"CREATE POLICY (?P<name>\w+) ON (?P<table>\w+)(?P<restrictive> AS RESTRICTIVE)?"
    r"(?: FOR (?P<deed>\w+))?(?: TO (?P<role>\w+))?(?P<rest>.*?)(?=CREATE POLICY|;|\Z)",
    re.DOTALL,
)

# How a condition is shown: what the transaction was told (takatuf/kernel/context.py) in one word.
SHORT = {SCOPE: ":scope", USER: ":user", UNIT: ":unit", AGENCY: ":agency"}
HAS = re.escape(has("POWER")).replace("POWER", r"([\w.]+)")
LEGEND = (
    "In the policies `:scope`, `:user`, `:unit` and `:agency` are what the transaction was told of the acting person, "
    "and `may(x)` is whether she has the power x. Without an acting person all of them are empty. "
    "A policy marked “only if also” narrows the others."
)


class Policy(NamedTuple):
    name: str
    deed: str
    condition: str


def policies() -> dict[str, list[Policy]]:
    """Table → its policies as the migrations make them, but for the owner's own."""
    found: dict[str, list[Policy]] = defaultdict(list)
    loader = MigrationLoader(None)
    for key in sorted(loader.disk_migrations):
        for operation in loader.disk_migrations[key].operations:
            if isinstance(operation, RunSQL) and isinstance(operation.sql, str):
                for match in POLICY.finditer(operation.sql):
                    if match["role"] != "CURRENT_USER":
                        found[match["table"]].append(_policy(match))
    return found


def _policy(match: re.Match[str]) -> Policy:
    deed = (match["deed"] or "all").lower() + (", only if also" if match["restrictive"] else "")
    condition = match["rest"].strip()
    for long, short in SHORT.items():
        condition = condition.replace(long, short)
    condition = re.sub(HAS, r"may(\1)", condition)
    return Policy(match["name"], deed, " ".join(condition.split()))


def tables() -> str:
    secured = policies()
    return "\n\n".join([LEGEND, *(_table(model, secured) for model in walk.own_models())])


def _table(model: type[models.Model], secured: dict[str, list[Policy]]) -> str:
    privacy: Any = getattr(model, "Privacy", None)
    columns, counted = dict(getattr(privacy, "columns", {})), set(getattr(privacy, "statistics", ()))
    name = model._meta.db_table
    rows = [
        (code(field.name), _type(field), columns.get(field.name, ""), "yes" if field.name in counted else "")
        for field in model._meta.local_concrete_fields
        if not isinstance(field, models.CompositePrimaryKey)
    ]
    about = (model.__doc__ or "").strip().split("\n\n")[0]
    grants = codes(roles.app_privileges().get(name, ()))
    parts = [
        f"## {name}",
        " ".join(about.split()),
        f"The app role may {grants}.",
        table(("column", "type", "class", "statistics reads it"), rows),
    ]
    if secured.get(name):
        shown = [(one.name, one.deed, code(one.condition)) for one in secured[name]]
        parts.append(table(("policy", "for", "rows"), shown))
    else:
        parts.append("No row-level security: the app role sees every row.")
    return "\n\n".join(parts)


def _type(field: Any) -> str:
    if field.is_relation and field.related_model is not None:
        return f"→ {field.related_model._meta.label}"
    return str(field.get_internal_type()).removesuffix("Field")


def ties() -> str:
    return table(("foreign key", "a merge"), [(code(key), tie.value) for key, tie in TIES.items()])
