"""What a run, a refused row or a refusal is called, in both languages. Sentences take the facts they are given."""

from collections.abc import Mapping
from enum import StrEnum

from takatuf.cases import rules as cases
from takatuf.kernel.text import Text

from .rules import Problem, Reason, RowReason, RowStatus, State

STATES: dict[State, Text] = {
    State.RUNNING: Text(ar="جارٍ الاستيراد", en="Running"),
    State.FINISHED: Text(ar="اكتمل", en="Finished"),
    State.ABANDONED: Text(ar="أُوقف نهائياً", en="Given up"),
}
STATUSES: dict[RowStatus, Text] = {
    RowStatus.WAITING: Text(ar="بانتظار التصحيح", en="Waiting to be mended"),
    RowStatus.CREATED: Text(ar="أصبح بلاغاً", en="Became a report"),
    RowStatus.PRESENT: Text(ar="كان مسجلاً من قبل", en="Was there already"),
    RowStatus.SUPERSEDED: Text(ar="حلّ محله الصف نفسه في استيراد لاحق", en="Came again in a later import"),
    RowStatus.DISCARDED: Text(ar="استُبعد بسبب مكتوب", en="Discarded, with a reason"),
}
PROBLEMS: dict[Problem, Text] = {
    Problem.FIELD_COUNT: Text(
        ar="عدد خلاياه لا يطابق عدد أعمدة الملف", en="it has more or fewer cells than the file has columns"
    ),
    Problem.BAD_ENCODING: Text(
        ar="فيه حروف ليست بترميز الملف", en="it holds bytes that are not in the file's encoding"
    ),
    Problem.BAD_QUOTES: Text(ar="علامات التنصيص فيه غير مكتملة", en="its quotation marks do not close"),
    Problem.NOT_JSON: Text(ar="ليس كائن JSON", en="it is not a JSON object"),
    Problem.LINE_TOO_LONG: Text(ar="أطول من مليون حرف", en="it is longer than a million letters"),
    Problem.NUL_BYTE: Text(
        ar="فيه حرف لا يُكتب (NUL)", en="it holds a character that cannot be written (NUL)"
    ),
}
# Each takes {where} (the column or field) and what else its facts hold.
ROWS: dict[RowReason, Text] = {
    RowReason.MALFORMED_LINE: Text(
        ar="السطر ليس صفاً سليماً: {problem}.", en="The line is not a row: {problem}."
    ),
    RowReason.UNKNOWN_CODE: Text(
        ar="{where}: الرمز {value} غير معروف في تعريف الملف.",
        en="{where}: the mapping does not know the code {value}.",
    ),
    RowReason.NOT_A_DATE: Text(
        ar="{where}: القيمة {value} ليست تاريخاً.", en="{where}: {value} is not a date."
    ),
    RowReason.IMPOSSIBLE_DATE: Text(
        ar="{where}: التاريخ لا وجود له في التقويم.", en="{where}: there is no such date in the calendar."
    ),
    RowReason.NOT_A_NUMBER: Text(
        ar="{where}: القيمة {value} ليست عدداً صحيحاً.", en="{where}: {value} is not a whole number."
    ),
    RowReason.NUMBER_OUT_OF_RANGE: Text(
        ar="{where}: العدد خارج الحدود من {least} إلى {most}.",
        en="{where}: the number is not between {least} and {most}.",
    ),
    RowReason.MISSING_VALUE: Text(
        ar="{where}: القيمة ناقصة ولا بد منها.", en="{where}: a value is missing that is needed."
    ),
    RowReason.NOT_A_TIME: Text(
        ar="{where}: القيمة {value} ليست وقتاً.", en="{where}: {value} is not a time of day."
    ),
    RowReason.REFERENCE_TOO_LONG: Text(
        ar="{where}: المرجع أطول من {longest} حرفاً.",
        en="{where}: the reference is longer than {longest} letters.",
    ),
    RowReason.UNKNOWN_UNIT: Text(
        ar="{where}: لا توجد وحدة بهذا الرمز.", en="{where}: there is no unit of this code."
    ),
}
REPORTS: dict[cases.Reason, Text] = {
    cases.Reason.UNKNOWN_CODE: Text(
        ar="{where}: الرمز {value} غير موجود في القوائم المعتمدة.",
        en="{where}: {value} is not a code of the lists in use.",
    ),
    cases.Reason.RETIRED_CODE: Text(
        ar="{where}: الرمز {value} لم يعد مستعملاً.", en="{where}: the code {value} is no longer in use."
    ),
    cases.Reason.RECEIVED_IN_FUTURE: Text(
        ar="{where}: وقت استلام البلاغ في المستقبل.", en="{where}: the report is dated in the future."
    ),
    cases.Reason.INCIDENT_IN_FUTURE: Text(
        ar="{where}: تاريخ الواقعة في المستقبل.", en="{where}: the incident is dated in the future."
    ),
    cases.Reason.INCIDENT_AFTER_RECEIPT: Text(
        ar="{where}: الواقعة بتاريخ لاحق لاستلام البلاغ.",
        en="{where}: the incident is dated after the report of it.",
    ),
    cases.Reason.INVESTIGATION_BACKWARDS: Text(
        ar="{where}: ينتهي التحقيق قبل أن يبدأ.", en="{where}: the investigation ends before it begins."
    ),
    cases.Reason.BIRTH_IN_FUTURE: Text(
        ar="{where}: تاريخ الميلاد في المستقبل.", en="{where}: the birth is dated in the future."
    ),
    cases.Reason.AGE_OUT_OF_RANGE: Text(ar="{where}: العمر غير ممكن.", en="{where}: nobody is of this age."),
    cases.Reason.SAME_PERSON: Text(
        ar="{where}: رقم المعتدي هو رقم المعتدى عليه نفسه.",
        en="{where}: the aggressor has the victim's number.",
    ),
    cases.Reason.TEXT_TOO_LONG: Text(
        ar="{where}: النص أطول من {longest} حرفاً.", en="{where}: the text is longer than {longest} letters."
    ),
    cases.Reason.BAD_PERSONAL_NUMBER: Text(
        ar="{where}: لا يمكن أن يكون هذا رقماً شخصياً.", en="{where}: this cannot be a personal number."
    ),
    cases.Reason.BAD_PHONE: Text(
        ar="{where}: لا يمكن أن يكون هذا رقم هاتف.", en="{where}: this cannot be a phone number."
    ),
    cases.Reason.NOT_VISIBLE: Text(
        ar="سُجّل هذا المرجع لدى وحدة أخرى.", en="Another unit filed a report under this reference."
    ),
    cases.Reason.EMPTY_TEXT: Text(ar="{where}: النص فارغ.", en="{where}: the text is empty."),
    cases.Reason.NO_VICTIM: Text(ar="لم تُذكر المعتدى عليها.", en="No victim is named."),
    cases.Reason.DRAFT_GONE: Text(ar="المسودة غير موجودة.", en="The draft is gone."),
}
REFUSALS: dict[Reason, Text] = {
    Reason.NO_SUCH_FILE: Text(ar="الملف {file} غير موجود.", en="There is no file {file}."),
    Reason.FILE_UNREADABLE: Text(
        ar="تعذّرت قراءة الملف {file} ({why}): قد يكون مقطوعاً أو تالفاً. لم يُستورد منه شيء.",
        en="The file {file} cannot be read ({why}): it may be cut off or damaged. Nothing of it was taken.",
    ),
    Reason.FILE_CHANGED: Text(
        ar="الملف {file} ليس الملف الذي بدأ به الاستيراد {run}: أعد الملف الأصلي، أو ابدأ استيراداً جديداً.",
        en="The file {file} is not the one that import {run} began with: put the first one back, or begin afresh.",
    ),
    Reason.FILE_GONE: Text(
        ar="لم يعد ملف الاستيراد {run} محفوظاً: ارفعه مرة أخرى، وما استُورد منه لن يتكرر.",
        en="The file of import {run} is no longer kept: upload it again; what was taken of it is not taken twice.",
    ),
    Reason.TOO_LARGE: Text(
        ar="الملف {file} أكبر من أن يُستورد من هنا.", en="The file {file} is too large to be taken here."
    ),
    Reason.MISSING_COLUMNS: Text(
        ar="أعمدة ناقصة في الملف: {columns}. لم يُستورد منه شيء.",
        en="The file lacks columns: {columns}. Nothing of it was taken.",
    ),
    Reason.DOUBLED_COLUMNS: Text(
        ar="أعمدة مكررة في الملف: {columns}. لم يُستورد منه شيء.",
        en="Columns are there twice: {columns}. Nothing of the file was taken.",
    ),
    Reason.MAPPING_WRONG: Text(
        ar="في تعريف الملف أخطاء: {mistakes}", en="The mapping has mistakes: {mistakes}"
    ),
    Reason.NO_SUCH_MAPPING: Text(
        ar="لا يوجد تعريف باسم {mapping} لملفات هذه الجهة.",
        en="There is no mapping {mapping} for files of this agency.",
    ),
    Reason.OTHER_MAPPING: Text(
        ar="لهذا الملف استيراد لم يكتمل ({run}) بتعريف آخر: أكمله بتعريفه، أو أوقفه نهائياً ثم ابدأ من جديد.",
        en="This file has an unfinished import ({run}) with another mapping: finish that, or give it up first.",
    ),
    Reason.OTHER_IDENTITY: Text(
        ar="التعريف المصحح يعرّف الصفوف أو شكل الملف على نحو آخر: لا يصلح للاستيراد {run}.",
        en="The corrected mapping knows rows, or the file's shape, in another way: it cannot serve import {run}.",
    ),
    Reason.OTHER_PACK: Text(
        ar="هذا التعريف للحزمة {mapping_pack}، وهذه النسخة تعمل بالحزمة {pack}.",
        en="This mapping is for the pack {mapping_pack}, and this instance is {pack}.",
    ),
    Reason.UNKNOWN_CODES: Text(
        ar="يكتب التعريف رموزاً لا تعرفها قوائم هذه النسخة: {codes}.",
        en="The mapping writes codes that this instance's lists do not know: {codes}.",
    ),
    Reason.UNKNOWN_UNIT: Text(ar="لا توجد وحدة عاملة بالرمز {unit}.", en="There is no active unit {unit}."),
    Reason.UNKNOWN_AGENCY: Text(ar="لا توجد جهة بالرمز {agency}.", en="There is no agency {agency}."),
    Reason.NO_CLERK: Text(
        ar="لا دور في الجهة {agency} يجيز استيراد الملفات.",
        en="No role in the agency {agency} may bring in files.",
    ),
    Reason.NOT_THIS_AGENCY: Text(
        ar="لا يجوز للجهة {agency} أن تستورد ملفات الجهة {mapping_agency}.",
        en="The agency {agency} may not bring in files of {mapping_agency}.",
    ),
    Reason.NOT_VISIBLE: Text(
        ar="لا يوجد شيء بهذا المرجع لدى جهتك.", en="There is nothing of this reference in your agency."
    ),
    Reason.NOT_RUNNING: Text(ar="الاستيراد {run} ليس قيد التنفيذ.", en="Import {run} is not running."),
    Reason.NOT_FINISHED: Text(
        ar="الاستيراد {run} لم يكتمل بعد: تُعاد المحاولة بعد اكتماله.",
        en="Import {run} has not finished: its rows can be tried again once it has.",
    ),
    Reason.RUN_BUSY: Text(
        ar="الاستيراد {run} تعمل عليه عملية أخرى الآن.", en="Another process is at work on import {run}."
    ),
    Reason.DOES_NOT_ADD_UP: Text(
        ar="مجموع البلاغات والصفوف المردودة في الاستيراد {run} لا يساوي صفوف الملف: أبلغ مدير النظام.",
        en="Reports and quarantined rows of import {run} do not add up to the file: tell the administrator.",
    ),
    Reason.NOT_WAITING: Text(ar="لم يعد هذا الصف بانتظار التصحيح.", en="This row is not waiting any more."),
    Reason.UNKNOWN_COLUMN: Text(
        ar="لا يوجد في الملف عمود باسم {columns}.", en="The file has no column {columns}."
    ),
    Reason.NOTHING_MENDED: Text(
        ar="القيم كما كانت: لم يُصحَّح شيء.", en="The values are as they were: nothing was mended."
    ),
    Reason.REASON_TOO_SHORT: Text(
        ar="اكتب السبب في {least} أحرف على الأقل.", en="Give the reason in at least {least} letters."
    ),
    Reason.KEY_GONE: Text(
        ar="أُتلف مفتاح الاستيراد {run}: لا يمكن قراءة صفوفه المردودة.",
        en="The key of import {run} was destroyed: its quarantined rows cannot be read.",
    ),
}
FIELDS: dict[str, Text] = {
    "channel": Text(ar="وسيلة الإبلاغ", en="Channel"),
    "received_at": Text(ar="وقت استلام البلاغ", en="Time of receipt"),
    "received_place": Text(ar="مكان استلام البلاغ", en="Place of receipt"),
    "relation": Text(ar="صلة القرابة", en="Relation"),
    "forms": Text(ar="صور العنف", en="Forms of violence"),
    "severity": Text(ar="الجسامة", en="Severity"),
    "tool": Text(ar="الأداة", en="Tool"),
    "child_exposure": Text(ar="تعرض الطفل للعنف", en="Child's exposure"),
    "reported_before": Text(ar="بلاغات سابقة", en="Reported before"),
    "incident_on": Text(ar="تاريخ الواقعة", en="Date of the incident"),
    "incident_precision": Text(ar="دقة تاريخ الواقعة", en="Precision of the date"),
    "incident_area": Text(ar="محافظة الواقعة", en="Area of the incident"),
    "incident_place": Text(ar="مكان الواقعة", en="Place of the incident"),
    "investigation_started_at": Text(ar="بدء التحقيق", en="Beginning of the investigation"),
    "investigation_finished_at": Text(ar="انتهاء التحقيق", en="End of the investigation"),
    "narrative": Text(ar="الوقائع", en="Narrative"),
    "injuries": Text(ar="الإصابات", en="Injuries"),
    "name_ar": Text(ar="الاسم بالعربية", en="Arabic name"),
    "name_latin": Text(ar="الاسم باللاتينية", en="Latin name"),
    "personal_number": Text(ar="الرقم الشخصي", en="Personal number"),
    "birth_date": Text(ar="تاريخ الميلاد", en="Date of birth"),
    "age": Text(ar="العمر", en="Age"),
    "sex": Text(ar="الجنس", en="Sex"),
    "nationality": Text(ar="الجنسية", en="Nationality"),
    "address": Text(ar="العنوان", en="Address"),
    "area": Text(ar="المحافظة", en="Area"),
    "marital_status": Text(ar="الحالة الاجتماعية", en="Marital status"),
    "education": Text(ar="المستوى التعليمي", en="Education"),
    "occupation": Text(ar="المهنة", en="Occupation"),
    "kind": Text(ar="صفته", en="Kind"),
    "name": Text(ar="الاسم", en="Name"),
    "phone": Text(ar="الهاتف", en="Phone"),
    "note": Text(ar="ملاحظة", en="Note"),
}
OWNERS: dict[str, Text] = {
    "victim": Text(ar="المعتدى عليها", en="Victim"),
    "aggressor": Text(ar="المعتدي", en="Aggressor"),
    "reporter": Text(ar="المُبلِّغ", en="Reporter"),
}


def words(member: StrEnum) -> Text | None:
    """The sentence or label of a state, status or reason of imports, its blanks unfilled; None for others."""
    for table in (STATES, STATUSES, PROBLEMS, ROWS, REFUSALS):
        if member in table and type(member) is type(next(iter(table))):
            return table[member]  # type: ignore[index]
    return None


def refusal(reason: Reason, facts: Mapping[str, object]) -> Text:
    """Why a deed on an import is refused, as a sentence."""
    return _filled(REFUSALS[reason], facts)


def why(reason: str, facts: Mapping[str, object]) -> Text:
    """Why a row waits in quarantine: one sentence for each thing that is wrong with it."""
    also = facts.get("also")
    listed = (
        [(reason, facts), *((str(one["reason"]), one) for one in also)]
        if isinstance(also, list)
        else [(reason, facts)]
    )
    sentences = [_sentence(code, known) for code, known in listed]
    return Text(ar=" ".join(one.ar for one in sentences), en=" ".join(one.en for one in sentences))


def reason_name(reason: str) -> Text:
    """A reason without its facts, for a filter: the sentence with dots for its blanks."""
    return _sentence(reason, {})


def _sentence(reason: str, facts: Mapping[str, object]) -> Text:
    # Both kinds of reason know `unknown_code`: of the file's codes (a column) and of ours (a field).
    if reason in set(RowReason) and "field" not in facts:
        return _filled(ROWS[RowReason(reason)], facts)
    if reason in set(cases.Reason):
        return _filled(REPORTS[cases.Reason(reason)], facts)
    return Text(ar=reason, en=reason)


def field(name: str) -> Text:
    """A field of the report as a person would call it: `victim.age` is "Victim: age"."""
    owner, _, own = name.rpartition(".")
    label = FIELDS.get(own, Text(ar=own, en=own))
    if owner not in OWNERS:
        return label
    of = OWNERS[owner]
    return Text(ar=f"{label.ar} ({of.ar})", en=f"{label.en} ({of.en})")


def _filled(sentence: Text, facts: Mapping[str, object]) -> Text:
    return Text(ar=_in(sentence.ar, facts, "ar"), en=_in(sentence.en, facts, "en"))


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _in(sentence: str, facts: Mapping[str, object], language: str) -> str:
    known = _Known({name: _shown(name, value, language) for name, value in facts.items()})
    if "column" in facts:
        known["where"] = _shown("column", facts["column"], language)
    elif "field" in facts:
        known["where"] = field(str(facts["field"])).in_(language)
    if "value" not in facts and "shape" in facts:
        known["value"] = f"«{facts['shape']}»"
    # A left-to-right value inside an Arabic sentence stays in one piece.
    return sentence.format_map(known)


def _shown(name: str, value: object, language: str) -> str:
    if name == "problem" and value in set(Problem):
        return PROBLEMS[Problem(str(value))].in_(language)
    listed = "، " if language == "ar" else ", "
    text = listed.join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    isolated = language == "ar" and name in {"column", "value", "shape", "columns", "file", "run", "codes"}
    return f"\u2066{text}\u2069" if isolated else text
