"""Units, users, memberships, grants and locks."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac

from takatuf.kernel.ids import new_id
from takatuf.kernel.text import Text

from . import rules


class Unit(models.Model):
    """A working unit of an agency, from the country's pack: a police office, a court, a social centre."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=40, unique=True)
    agency = models.CharField(max_length=40, db_index=True)
    agency_kind = models.CharField(max_length=20)
    kind = models.CharField(max_length=30)
    name_ar = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    agency_name_ar = models.CharField(max_length=200)
    agency_name_en = models.CharField(max_length=200)
    area = models.CharField(max_length=20, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("code",)

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "public",
            "code": "public",
            "agency": "public",
            "agency_kind": "public",
            "kind": "public",
            "name_ar": "public",
            "name_en": "public",
            "agency_name_ar": "public",
            "agency_name_en": "public",
            "area": "public",
            "active": "public",
        }
        statistics = ("id", "code", "agency", "agency_kind", "kind", "area")

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> Text:
        return Text(ar=self.name_ar, en=self.name_en)

    @property
    def agency_name(self) -> Text:
        return Text(ar=self.agency_name_ar, en=self.agency_name_en)


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username or "")


class User(AbstractBaseUser):
    """A public servant who signs in. What she may do comes from her membership, never from here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(max_length=60, unique=True)
    name_ar = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    language = models.CharField(max_length=2, default="ar")
    arabic_digits = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    # Set with a password that somebody else knows: nothing opens until she has chosen her own.
    must_change_password = models.BooleanField(default=False)
    # The keyed token of her own personal number: enough to notice that she is a party, not to read it.
    personal_token = models.BinaryField(max_length=16, null=True)
    # How often all her sessions were ended: part of what each session must agree with.
    sessions_ended = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name_ar", "name_en"]
    objects = UserManager()

    class Meta:
        indexes = (models.Index(fields=["personal_token"], name="access_user_personal_token"),)

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "username": "internal",
            "password": "key",
            "last_login": "internal",
            "name_ar": "internal",
            "name_en": "internal",
            "language": "internal",
            "arabic_digits": "internal",
            "is_active": "internal",
            "is_demo": "internal",
            "must_change_password": "internal",
            "personal_token": "personal",
            "sessions_ended": "internal",
            "created_at": "internal",
        }

    def __str__(self) -> str:
        return self.username

    @property
    def name(self) -> Text:
        return Text(ar=self.name_ar, en=self.name_en)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django asks it of every request; with the counter in it, no session outlives a change of role.
        salt = "takatuf.access.models.User.session"
        return salted_hmac(
            salt, f"{self.password}|{self.sessions_ended}", secret=secret, algorithm="sha256"
        ).hexdigest()

    def get_full_name(self) -> str:
        return str(self.name)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class Membership(models.Model):
    """One user in one unit in one role: the context she acts in. One at a time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["user", "unit", "role"], condition=Q(until=None), name="access_membership_once"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="access_membership_ends_after_it_begins",
            ),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "user": "internal",
            "unit": "internal",
            "role": "internal",
            "since": "internal",
            "until": "internal",
        }

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Grant(models.Model):
    """What opens a case to a unit (or, by break-glass, to one user): level, basis, purpose, until when."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_kind = models.CharField(max_length=10, default="case")
    subject_id = models.UUIDField()
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField()
    basis = models.CharField(max_length=20)
    purpose = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    granted_by = models.UUIDField(null=True)
    # Broken glass only: what the data-protection guardian found afterwards.
    verdict = models.CharField(max_length=12, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.UUIDField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["unit", "subject_id"], name="access_grant_unit_subject"),
            models.Index(fields=["subject_id"], name="access_grant_subject"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(level__in=[1, 2, 3]), name="access_grant_level_is_known"),
            models.CheckConstraint(
                condition=Q(basis__in=[basis.value for basis in rules.Basis]),
                name="access_grant_basis_is_known",
            ),
            # Break-glass: one user, a real reason, and an end at most an hour away. Every null is named.
            models.CheckConstraint(
                condition=~Q(basis=rules.Basis.BREAK_GLASS.value)
                | Q(
                    user__isnull=False,
                    until__isnull=False,
                    reason__length__gte=rules.BREAK_GLASS_REASON_LENGTH,
                )
                & Q(until__lte=F("since") + rules.BREAK_GLASS_TIME),
                name="access_grant_break_glass_is_narrow",
            ),
            models.CheckConstraint(
                condition=Q(verdict="", reviewed_at=None)
                | Q(verdict__in=[verdict.value for verdict in rules.Verdict], reviewed_at__isnull=False),
                name="access_grant_verdict_has_a_time",
            ),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "subject_kind": "internal",
            "subject_id": "internal",
            "unit": "internal",
            "user": "internal",
            "level": "internal",
            "basis": "internal",
            "purpose": "internal",
            "reason": "personal",
            "since": "internal",
            "until": "internal",
            "revoked_at": "internal",
            "granted_by": "internal",
            "verdict": "internal",
            "reviewed_at": "internal",
            "reviewed_by": "internal",
        }

    def __str__(self) -> str:
        return f"{self.basis} {self.subject_kind}:{self.subject_id}"


class Lock(models.Model):
    """Conflict of interest: a user who is a party, or kin of one, gets no row and no hit."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    subject_id = models.UUIDField()
    why = models.CharField(max_length=10)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["user", "subject_id"], condition=Q(lifted_at=None), name="access_lock_once"
            ),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "user": "personal",
            "subject_id": "internal",
            "why": "personal",
            "since": "internal",
            "lifted_at": "internal",
        }

    def __str__(self) -> str:
        return f"{self.user_id} {self.why}"


class SignInDelay(models.Model):
    """Failed sign-ins of one name from one address: each one makes the next wait longer; nobody is locked out."""

    key = models.CharField(primary_key=True, max_length=64)
    failures = models.PositiveIntegerField(default=0)
    wait_until = models.DateTimeField()

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "key": "internal",
            "failures": "internal",
            "wait_until": "internal",
        }

    def __str__(self) -> str:
        return str(self.failures)
