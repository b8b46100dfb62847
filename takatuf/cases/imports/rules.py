"""States of a run and of a refused row, and why a row is refused. Pure."""

from enum import StrEnum

from takatuf.kernel.errors import Refusal


class State(StrEnum):
    RUNNING = "running"  # also after a power cut: what is committed stands, the rest is resumed
    FINISHED = "finished"
    ABANDONED = "abandoned"  # given up for a fresh run of the same file; what it committed stands


class RowStatus(StrEnum):
    """Where a refused row stands. `created` and `present` count as such in its run, the others as quarantined."""

    WAITING = "waiting"
    CREATED = "created"
    PRESENT = "present"
    SUPERSEDED = "superseded"  # the same row came again in a later run, and waits there
    DISCARDED = "discarded"  # somebody decided, with a reason, that it will never be a report


QUARANTINED = frozenset({RowStatus.WAITING, RowStatus.SUPERSEDED, RowStatus.DISCARDED})


class RowReason(StrEnum):
    """Why conversion refuses a row. The rules of a report (cases.rules.Reason) may refuse it as well."""

    MALFORMED_LINE = "malformed_line"
    UNKNOWN_CODE = "unknown_code"
    NOT_A_DATE = "not_a_date"
    IMPOSSIBLE_DATE = "impossible_date"
    NOT_A_NUMBER = "not_a_number"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    MISSING_VALUE = "missing_value"
    NOT_A_TIME = "not_a_time"
    REFERENCE_TOO_LONG = "reference_too_long"
    UNKNOWN_UNIT = "unknown_unit"


class Problem(StrEnum):
    """What is malformed about a line."""

    FIELD_COUNT = "field_count"
    BAD_ENCODING = "bad_encoding"
    BAD_QUOTES = "bad_quotes"
    NOT_JSON = "not_json"
    LINE_TOO_LONG = "line_too_long"
    NUL_BYTE = "nul_byte"


class Reason(StrEnum):
    """Why a deed on an import is refused."""

    NO_SUCH_FILE = "no_such_file"
    FILE_UNREADABLE = "file_unreadable"
    FILE_CHANGED = "file_changed"
    FILE_GONE = "file_gone"
    TOO_LARGE = "too_large"
    MISSING_COLUMNS = "missing_columns"
    DOUBLED_COLUMNS = "doubled_columns"
    MAPPING_WRONG = "mapping_wrong"
    NO_SUCH_MAPPING = "no_such_mapping"
    OTHER_MAPPING = "other_mapping"
    OTHER_IDENTITY = "other_identity"
    OTHER_PACK = "other_pack"
    UNKNOWN_CODES = "unknown_codes"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_AGENCY = "unknown_agency"
    NO_CLERK = "no_clerk"
    NOT_THIS_AGENCY = "not_this_agency"
    NOT_VISIBLE = "not_visible"
    NOT_RUNNING = "not_running"
    NOT_FINISHED = "not_finished"
    RUN_BUSY = "run_busy"
    DOES_NOT_ADD_UP = "does_not_add_up"
    NOT_WAITING = "not_waiting"
    UNKNOWN_COLUMN = "unknown_column"
    NOTHING_MENDED = "nothing_mended"
    REASON_TOO_SHORT = "reason_too_short"
    KEY_GONE = "key_gone"


class CannotImport(Refusal):
    """The file, run or row may not be taken so."""


# A national register (the statistics office) may bring in what other agencies recorded; others only their own.
FILES_FOR_OTHERS = frozenset({"information"})


def may_file_for(*, agency: str, agency_kind: str, for_agency: str) -> bool:
    """Whether an import of one agency may file reports under a unit of another."""
    return agency == for_agency or agency_kind in FILES_FOR_OTHERS


SHORTEST_REASON = 10


def reason_is_enough(reason: str) -> bool:
    """A row of somebody's life is not thrown away for "x"."""
    return len("".join(reason.split())) >= SHORTEST_REASON
