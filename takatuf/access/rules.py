"""Powers, grants and their limits. Pure."""

from enum import StrEnum


class Power(StrEnum):
    """What a role may do. Roles are compositions of these, reviewed with the country's pack."""

    REPORT_CREATE = "report.create"
    REPORT_READ = "report.read"
    CASE_READ = "case.read"
    CASE_WRITE = "case.write"
    PERSON_SEARCH = "person.search"
    HIT_DETAIL = "person.hit_detail"
    REPORTER_SEE = "reporter.see"
    SEALED_SEE = "sealed.see"
    DUTY_DO = "duty.do"
    DUTY_OVERSEE = "duty.oversee"
    DUTY_OVERSEE_NATIONAL = "duty.oversee_national"
    IMPORT_RUN = "import.run"
    JOURNAL_READ = "journal.read"
    STATISTICS_READ = "statistics.read"
    ACCESS_MANAGE = "access.manage"
    BREAK_GLASS_USE = "break_glass.use"
    BREAK_GLASS_REVIEW = "break_glass.review"
    CONFLICT_MANAGE = "conflict.manage"
    REFERENCE_EDIT = "reference.edit"
    KEYS_ROTATE = "keys.rotate"
