"""What stands in an address: the short form of a random id, and nothing that means anything."""

from uuid import UUID

from django.urls import register_converter

from takatuf.kernel import ids


class ShortId:
    """26 letters ↔ UUID. Anything else is no address of ours."""

    regex = "[0-9a-zA-Z]{26}"

    def to_python(self, value: str) -> UUID:
        return ids.parse(value)

    def to_url(self, value: UUID | str) -> str:
        return ids.short(value if isinstance(value, UUID) else UUID(value))


register_converter(ShortId, "short")
