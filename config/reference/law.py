"""What the country packs say: roles and their powers, rules and their basis, duties and their clocks."""

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings

from config.reference.markdown import code, table
from takatuf.access.rules import Power
from takatuf.kernel import reference


@lru_cache(maxsize=1)
def packs() -> tuple[reference.Pack, ...]:
    """Every country of the packs folder, by code. Raises PackError."""
    folders = sorted(path.parent for path in settings.PACKS_DIR.glob("*/pack.yaml"))
    return tuple(reference.load(folder, powers=frozenset(Power)) for folder in folders)


def _each(about: Callable[[reference.Pack], str]) -> str:
    return "\n\n".join(
        f"## {pack.code}: {pack.name.en} · {pack.name.ar}\n\n{about(pack)}" for pack in packs()
    )


def roles() -> str:
    return _each(_roles)


def _roles(pack: reference.Pack) -> str:
    named = table(
        ("role", "English", "العربية", "in agencies of kind"),
        [(code(role.code), role.en, role.ar, ", ".join(role.agency_kinds)) for role in pack.roles],
    )
    crossed = table(
        ("power", *(role.code for role in pack.roles)),
        [
            (code(power.value), *("●" if power.value in role.powers else "" for role in pack.roles))
            for power in Power
        ],
    )
    return f"{named}\n\n{crossed}"


def rules() -> str:
    return _each(_rules)


def _rules(pack: reference.Pack) -> str:
    rows = [
        (
            code(rule.id),
            rule.en,
            rule.ar,
            f"{rule.value} {rule.unit}",
            rule.start_day if rule.kind == "deadline" else "",
            rule.legal_basis.en,
            rule.legal_basis.ar,
            "yes" if rule.verified else "**no**",
            _period(rule),
        )
        for rule in pack.all_rules
    ]
    head = ("rule", "English", "العربية", "value", "counted from", "basis", "السند", "verified", "in force")
    unverified = sum(not rule.verified for rule in pack.all_rules)
    return f"{unverified} of {len(pack.all_rules)} rules wait for verification.\n\n{table(head, rows)}"


def _period(rule: reference.Rule) -> str:
    return f"{rule.valid_from.isoformat()} – {rule.valid_to.isoformat() if rule.valid_to else ''}".strip()


def duties() -> str:
    return _each(_duties)


def _duties(pack: reference.Pack) -> str:
    rows = [
        (
            code(kind.code),
            kind.en,
            kind.ar,
            code(kind.event),
            "; ".join(f"{fact} = {' or '.join(map(str, values))}" for fact, values in kind.when.items()),
            kind.owner,
            code(kind.rule),
            kind.priority,
            ", ".join(f"{step.to} after {step.after_hours} h" for step in kind.ladder),
        )
        for kind in pack.duties
    ]
    head = ("duty", "English", "العربية", "opened by", "when", "owner", "rule", "priority", "climbs to")
    return table(head, rows)
