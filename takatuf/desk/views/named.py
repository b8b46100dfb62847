"""Units by their names, but for those whose name would say where she stays."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from takatuf.access.rules import Power
from takatuf.kernel.actor import Actor
from takatuf.kernel.text import Text

if TYPE_CHECKING:
    from takatuf.access.models import Unit

# That a shelter knows her says where to look for her.
PROTECTED_KINDS = frozenset({"shelter"})
PROTECTED = Text("جهة أخرى", "Another agency")


def protected(actor: Actor, unit: "Unit") -> bool:
    """Whether the unit is not named to this actor."""
    return (
        unit.agency_kind in PROTECTED_KINDS
        and unit.pk != actor.unit_id
        and not actor.may(Power.SEALED_SEE.value)
    )


def unit_name(actor: Actor, unit: "Unit | None") -> Text:
    return unit.name if unit is not None and not protected(actor, unit) else PROTECTED


def unit_names(actor: Actor, units: "Mapping[UUID, Unit]") -> dict[UUID, Text]:
    return {pk: unit_name(actor, unit) for pk, unit in units.items()}
