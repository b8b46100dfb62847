"""What a person reads for a code: states, powers, refusals. Codes live in the rules, their words here.

One table per enum, because two enums may share a value. A capability's words stand together; add a table, and
`SENTENCES` finds it. Facts of a refusal fill the braces of its sentence; a brace without a fact stays empty.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from takatuf.access import rules as access
from takatuf.cases import rules as cases
from takatuf.desk.deeds import DEEDS
from takatuf.duties import rules as duties
from takatuf.journal import rules as journal
from takatuf.kernel import money
from takatuf.kernel import services as kernel
from takatuf.kernel.errors import Refusal
from takatuf.kernel.reference import pack
from takatuf.kernel.text import Text
from takatuf.people import rules as people

Table = Mapping[StrEnum, Text]

POWERS: Table = {
    access.Power.REPORT_CREATE: Text("تقديم البلاغات", "submit reports"),
    access.Power.REPORT_READ: Text("قراءة البلاغات", "read reports"),
    access.Power.CASE_READ: Text("الاطلاع على الحالات", "see cases"),
    access.Power.CASE_WRITE: Text("تحديث الحالات", "change cases"),
    access.Power.PERSON_SEARCH: Text("البحث عن الأشخاص", "search for persons"),
    access.Power.HIT_DETAIL: Text("الاطلاع على تفاصيل نتائج البحث", "see details of search hits"),
    access.Power.PERSON_REVIEW: Text("مراجعة الأزواج المحتملة", "review possible matches"),
    access.Power.PERSON_LINK: Text("دمج الأشخاص وفصلهم", "merge and part persons"),
    access.Power.REPORTER_SEE: Text("الاطلاع على هوية المُبلِّغ", "see who reported"),
    access.Power.SEALED_SEE: Text("الاطلاع على الأجزاء المحجوبة", "see sealed parts"),
    access.Power.DUTY_DO: Text("إنجاز الواجبات", "do duties"),
    access.Power.DUTY_OVERSEE: Text("متابعة واجبات الوحدة", "oversee the unit's duties"),
    access.Power.DUTY_OVERSEE_NATIONAL: Text(
        "متابعة الواجبات على المستوى الوطني", "oversee duties nationwide"
    ),
    access.Power.IMPORT_RUN: Text("استيراد الملفات", "import files"),
    access.Power.JOURNAL_READ: Text("قراءة السجل", "read the journal"),
    access.Power.STATISTICS_READ: Text("الاطلاع على الإحصائيات", "see statistics"),
    access.Power.ACCESS_MANAGE: Text("إدارة المستخدمين والأدوار", "manage users and roles"),
    access.Power.BREAK_GLASS_USE: Text("الفتح الطارئ للملفات", "open files in an emergency"),
    access.Power.BREAK_GLASS_REVIEW: Text("مراجعة الفتح الطارئ", "review emergency openings"),
    access.Power.CONFLICT_MANAGE: Text("إدارة حالات تعارض المصالح", "manage conflicts of interest"),
    access.Power.REFERENCE_EDIT: Text("تعديل العطل والمواعيد", "edit holidays and deadlines"),
    access.Power.KEYS_ROTATE: Text("تبديل مفاتيح التشفير", "change encryption keys"),
}

BASES: Table = {
    access.Basis.ORIGINATED: Text("وحدة قدّمت البلاغ", "the unit reported it"),
    access.Basis.REFERRAL: Text("إحالة مقبولة", "an accepted referral"),
    access.Basis.COURT_ORDER: Text("أمر محكمة", "a court order"),
    access.Basis.STATUTORY: Text("اختصاص بنص القانون", "a duty by law"),
    access.Basis.CONSENT: Text("موافقة صاحبة الشأن", "her consent"),
    access.Basis.BREAK_GLASS: Text("فتح طارئ", "an emergency opening"),
}

LEVELS: Mapping[int, Text] = {
    access.Level.EXISTENCE: Text("وجود الملف فقط", "only that the file exists"),
    access.Level.SUMMARY: Text("ملخص الملف", "a summary"),
    access.Level.FULL: Text("الملف كاملاً", "the whole file"),
}

WHY: Table = {
    access.Why.PARTY: Text("طرف في الحالة", "a party"),
    access.Why.KIN: Text("قريب لأحد الأطراف", "kin of a party"),
}

VERDICTS: Table = {
    access.Verdict.JUSTIFIED: Text("مبرر", "justified"),
    access.Verdict.UNJUSTIFIED: Text("غير مبرر", "not justified"),
}

ACCESS: Table = {
    access.Reason.NO_POWER: Text(
        "دورك الحالي لا يشمل: {power}. إن كان عملك يحتاج إليه فراجع مسؤولك أو مدير النظام في جهتك.",
        "Your present role may not {power}. If your work needs it, ask your supervisor or your agency's administrator.",
    ),
    access.Reason.NO_UNIT: Text(
        "هذا الإجراء لا يتم إلا باسم وحدة. اختر وحدتك ودورك ثم أعد المحاولة.",
        "This is done in the name of a unit. Choose your unit and role, then try again.",
    ),
    access.Reason.NOT_VISIBLE: Text(
        "لا يوجد هنا ما يخص وحدتك. قد لا يكون موجوداً، أو لا تملك وحدتك إذناً بالاطلاع عليه.",
        "There is nothing here for your unit: it does not exist, or your unit holds no grant on it.",
    ),
    access.Reason.REASON_TOO_SHORT: Text(
        "اكتب السبب بوضوح: {least} حرفاً على الأقل دون احتساب المسافات. سيقرؤه من يراجع هذا الإجراء.",
        "Write the reason plainly, at least {least} letters not counting spaces. Whoever reviews this will read it.",
    ),
    access.Reason.ALREADY_OPEN: Text(
        "الملف مفتوح لوحدتك أصلاً، فلا حاجة إلى فتح طارئ.",
        "The file is open to your unit already; no emergency opening is needed.",
    ),
    access.Reason.CONFLICT_OF_INTEREST: Text(
        "لا يُفتح لك هذا الملف لأنك طرف فيه أو قريب لأحد أطرافه. يمكن لزميل في وحدتك أن يتولاه، "
        "ولمشرف حماية البيانات أن ينظر في الأمر.",
        "This file stays closed to you because you, or a relative of yours, are a party. A colleague can take it over; "
        "the data-protection guardian can look into it.",
    ),
    access.Reason.UNKNOWN_ROLE: Text(
        "لا يوجد دور بهذا الرمز: {role}.", "There is no role with the code {role}."
    ),
    access.Reason.ROLE_NOT_FOR_AGENCY: Text(
        "دور «{role}» لا يُمنح في هذا النوع من الجهات. اختر دوراً من القائمة المعروضة للوحدة.",
        "The role “{role}” cannot be held in this kind of agency. Choose one that is offered for the unit.",
    ),
    access.Reason.NOT_A_MEMBER: Text(
        "لم تعد تعمل في هذه الوحدة بهذا الدور. اختر وحدة أخرى أو راجع مدير النظام.",
        "You no longer act in this unit and role. Choose another, or ask the administrator.",
    ),
    access.Reason.UNKNOWN_UNIT: Text(
        "لا توجد وحدة عاملة بهذا الرمز: {unit}.", "There is no active unit with the code {unit}."
    ),
    access.Reason.UNKNOWN_USER: Text("لا يوجد مستخدم بهذا الحساب.", "There is no such user."),
    access.Reason.BAD_USERNAME: Text(
        "اسم الدخول: أحرف لاتينية صغيرة وأرقام ونقاط، يبدأ بحرف، ولا يقل عن ثلاثة أحرف.",
        "A sign-in name has small Latin letters, digits and dots, begins with a letter and has at least three.",
    ),
    access.Reason.USERNAME_TAKEN: Text(
        "اسم الدخول {username} مستخدم. اختر اسماً آخر.",
        "Somebody signs in as {username} already. Choose another name.",
    ),
    access.Reason.NAME_IN_BOTH_LANGUAGES: Text(
        "اكتب الاسم بالعربية وبالإنجليزية.", "Write the name in Arabic and in English."
    ),
    access.Reason.OWN_ACCOUNT: Text(
        "لا يغيّر أحد صلاحيات حسابه أو إعداداته بنفسه من هذه الصفحة. اطلب ذلك من مدير نظام آخر.",
        "Nobody administers her own account. Ask another administrator.",
    ),
    access.Reason.ALREADY_ENDED: Text("انتهى هذا الدور من قبل.", "This role ended before."),
    access.Reason.NOT_BROKEN_GLASS: Text("ليس هذا فتحاً طارئاً.", "This is no emergency opening."),
    access.Reason.ALREADY_REVIEWED: Text(
        "روجع هذا الفتح من قبل، ولم يتغير شيء.", "This opening was reviewed before; nothing changed."
    ),
    access.Reason.OWN_OPENING: Text(
        "لا يراجع أحد فتحاً قام به بنفسه. يراجعه مشرف آخر لحماية البيانات.",
        "Nobody reviews her own opening. Another guardian does.",
    ),
    access.Reason.SEPARATE_DUTIES: Text(
        "لا يجتمع هذا الدور مع دور يحمله المستخدم: من يدير الحسابات لا يطّلع على الملفات ولا على السجل.",
        "This role may not be held with one the user has: "
        "whoever manages accounts reads neither files nor the journal.",
    ),
    access.Reason.BAD_PERSONAL_NUMBER: Text(
        "هذا ليس رقماً شخصياً صحيحاً. راجعه واكتبه كاملاً.",
        "This is not a personal number. Check it and write all of it.",
    ),
    access.Reason.NOTE_NEEDED: Text("اكتب ملاحظة تبيّن السبب.", "Write a note that says why."),
    access.Reason.OWN_UNIT: Text(
        "هذه وحدتك، واطلاعها قائم على ما قدّمته هي. اختر وحدة أخرى.",
        "This is your own unit; it sees what follows from its own deeds. Choose another unit.",
    ),
    access.Reason.BASIS_NOT_GIVEN: Text(
        "هذا الأساس لا يُمنح. اختر الإحالة أو الموافقة أو أمر المحكمة أو حكم القانون.",
        "That basis cannot be given. Choose a referral, her consent, a court order or the law.",
    ),
    access.Reason.PURPOSE_NEEDED: Text(
        "اكتب الغرض من الاطلاع. يُقيَّد في السجل.", "Write what the access is for. It is recorded."
    ),
    access.Reason.END_NEEDED: Text(
        "حدّد متى ينتهي الاطلاع. لا يبقى مفتوحاً إلا ما كان بأمر محكمة أو بحكم القانون.",
        "Say when the access ends. Only what a court or the law opens has no end.",
    ),
    access.Reason.ENDS_IN_THE_PAST: Text("موعد الانتهاء قد مضى.", "That end has passed already."),
}

DUTY_STATUS: Table = {
    duties.Status.OPEN: Text("قائم", "open"),
    duties.Status.DONE: Text("منجز", "done"),
    duties.Status.CANCELLED: Text("ملغى", "cancelled"),
}

DUTIES: Table = {
    duties.Reason.NOT_VISIBLE: Text(
        "هذا الواجب ليس من واجبات وحدتك.", "This is not one of your unit's duties."
    ),
    duties.Reason.ALREADY_CLOSED: Text(
        "أُغلق هذا الواجب من قبل، ولم يتغير شيء.", "This duty was closed before; nothing changed."
    ),
    duties.Reason.NOT_CLOSED: Text(
        "الواجب قائم، فلا يوجد ما يُتراجع عنه.", "The duty is open; there is nothing to undo."
    ),
    duties.Reason.TOO_LATE_TO_UNDO: Text(
        "مضت أكثر من {minutes} دقيقة على الإنجاز، فلا يمكن التراجع عنه. أخبر مسؤول وحدتك إن كان خطأ.",
        "More than {minutes} minutes have passed, so it cannot be undone. Tell your supervisor if it was a mistake.",
    ),
    duties.Reason.NOT_YOURS_TO_UNDO: Text(
        "التراجع متاح لمن أنجز الواجب فقط.", "Only whoever did the duty can undo it."
    ),
    duties.Reason.NOT_IN_UNIT: Text(
        "هذا الموظف لا يعمل في وحدتك. اختر زميلاً من القائمة.",
        "This person does not work in your unit. Choose a colleague from the list.",
    ),
    duties.Reason.REASON_NEEDED: Text("اكتب سبب الإجراء.", "Write the reason."),
}

JOURNAL: Table = {
    journal.Reason.PERSONAL_DATA: Text(
        "لا يُقيَّد في السجل ما يكشف شخصاً ({key}). لم يُنفذ الإجراء.",
        "The journal takes nothing that names a person ({key}). The deed was not carried out.",
    ),
    journal.Reason.WRONG_VALUE: Text(
        "قيمة لا يقبلها السجل ({key}). لم يُنفذ الإجراء.",
        "The journal does not take this value ({key}). The deed was not carried out.",
    ),
    journal.Reason.TOO_LONG: Text(
        "نص أطول مما يقبله السجل ({what}، والحد {most}). اختصره وأعد المحاولة.",
        "Longer than the journal takes ({what}, at most {most}). Shorten it and try again.",
    ),
    journal.Reason.WRONG_DEED: Text(
        "اسم الإجراء غير مقبول في السجل: {did}.", "The journal does not know such a deed: {did}."
    ),
    journal.Reason.WRONG_SUBJECT: Text(
        "موضوع القيد غير مقبول في السجل: {kind}.", "The journal does not take such a subject: {kind}."
    ),
    journal.Reason.NOT_THE_SYSTEM: Text(
        "هذا الإجراء يقوم به النظام وحده.", "Only the system itself does this."
    ),
    journal.Reason.NO_POWER: Text("دورك الحالي لا يشمل: {power}.", "Your present role may not {power}."),
    journal.Reason.KEY_MISSING: Text(
        "مفتاح توقيع السجل مفقود. لا يُستبدل تلقائياً: أبلغ مدير النظام.",
        "The journal's signing key is gone. It is not replaced by itself: tell the administrator.",
    ),
    journal.Reason.KEY_UNREADABLE: Text(
        "تعذرت قراءة مفتاح توقيع السجل. أبلغ مدير النظام.",
        "The journal's signing key cannot be read. Tell the administrator.",
    ),
    journal.Reason.TIME_WENT_BACK: Text(
        "أرقام قاعدة البيانات أقدم مما خُتم. يُحتمل أن نسخة قديمة استُعيدت: أبلغ مدير النظام ومشرف حماية البيانات.",
        "The database is older than what was sealed; an old copy may have been restored. Tell the administrator and "
        "the data-protection guardian.",
    ),
    journal.Reason.NOT_SEALED_YET: Text(
        "لم يُختم هذا القيد بعد. يتم الختم كل بضع دقائق، فأعد المحاولة لاحقاً.",
        "This entry is not sealed yet. Sealing runs every few minutes; try again later.",
    ),
    journal.Reason.NO_SUCH_ENTRY: Text("لا يوجد قيد بهذا الرقم.", "There is no entry with this number."),
    journal.Reason.ALTERED: Text(
        "القيد {seq} ليس كما خُتم. هذا إنذار خطير: أبلغ مشرف حماية البيانات فوراً ولا تغيّر شيئاً.",
        "Entry {seq} is not what was sealed. This is serious: tell the data-protection guardian at once and change "
        "nothing.",
    ),
    journal.Reason.PLACE_TAKEN: Text(
        "يوجد ملف في هذا المكان. اختر اسماً آخر، فلا يُستبدل تصدير سابق.",
        "Something is there already. Choose another name: a former export is never overwritten.",
    ),
}

PEOPLE: Table = {
    people.Reason.NOTHING_TO_SEARCH: Text(
        "ما كُتب لا يكفي للبحث. اكتب الرقم الشخصي، أو الاسم الأول مع اسم الأب أو العائلة، أو رقم الهاتف مع الاسم.",
        "That is not enough to search by. Give the personal number, a first name with the father's or family name, "
        "or a phone number with a name.",
    ),
    people.Reason.PURPOSE_NEEDED: Text(
        "اكتب الغرض من البحث. يُقيَّد في السجل.", "Write what the search is for. It is recorded."
    ),
    people.Reason.PURPOSE_NAMES_HER: Text(
        "اكتب الغرض من دون اسم أو رقم: فهو يبقى في السجل سنوات.",
        "Write the purpose without a name or number: it stays in the journal for years.",
    ),
    people.Reason.NOT_VISIBLE: Text("لا يوجد هنا ما يخص وحدتك.", "There is nothing here for your unit."),
    people.Reason.ERASED: Text(
        "مُحيت بيانات هذا الشخص بحكم القانون ولا يمكن استعادتها.",
        "This person's data was erased as the law requires and cannot be brought back.",
    ),
    people.Reason.SAME_PERSON: Text("السجلان لشخص واحد أصلاً.", "The two records are of one person already."),
    people.Reason.ALREADY_MERGED: Text(
        "دُمج أحد الشخصين في شخص آخر من قبل. افتح الشخص الذي دُمج فيه.",
        "One of the two was merged into another person before. Open the person it leads to.",
    ),
    people.Reason.NOT_MERGED: Text("لا يوجد دمج قائم ليُلغى.", "There is no merge here that could be undone."),
    people.Reason.KIN: Text(
        "سُجل أحدهما قريباً للآخر، فلا يكونان شخصاً واحداً. صحّح صلة القرابة أولاً.",
        "One is recorded as kin of the other, so they are not one person. Correct the kinship first.",
    ),
    people.Reason.TOLD_APART: Text(
        "قرر مراجع من قبل أنهما شخصان مختلفان.", "A reviewer decided before that they are two persons."
    ),
    people.Reason.TIE_MISSING: Text(
        "لا يمكن دمج أحد الآن: لم يُحدَّد ما يفعله الدمج بهذه الصلات: {relations}.",
        "Nobody can be merged now: it is not said what a merge does to these relations: {relations}.",
    ),
    people.Reason.OPPOSITE_PARTIES: Text(
        "هما طرفا حالة واحدة: المعتدى عليها والمعتدي لا يكونان شخصاً واحداً.",
        "They are the two parties of one case: victim and aggressor are never one person.",
    ),
    people.Reason.UNDO_LATER_FIRST: Text(
        "بُني على هذا الدمج دمج لاحق. ألغِ اللاحق أولاً.",
        "A later merge stands on this one. Undo the later one first.",
    ),
    people.Reason.ALREADY_JUDGED: Text("سبق البتّ في هذا الزوج.", "This pair has been judged already."),
}

REVIEW_STATUS: Table = {
    people.ReviewStatus.OPEN: Text("بانتظار المراجعة", "waiting"),
    people.ReviewStatus.SECOND: Text("بانتظار مراجع ثانٍ", "waiting for a second reader"),
    people.ReviewStatus.SAME: Text("شخص واحد", "one person"),
    people.ReviewStatus.DIFFERENT: Text("شخصان مختلفان", "two persons"),
    people.ReviewStatus.UNSURE: Text("تعذر الحسم", "cannot be told"),
    people.ReviewStatus.OVER: Text("انتهت الحاجة إليه", "no longer needed"),
}

CASE_STATUS: Table = {
    cases.Status.OPEN: Text("مفتوحة", "open"),
    cases.Status.CLOSED: Text("مغلقة", "closed"),
}

CASES: Table = {
    cases.Reason.UNKNOWN_CODE: Text(
        "قيمة غير معروفة: «{value}». اختر من القائمة.", "“{value}” is not known. Choose from the list."
    ),
    cases.Reason.RETIRED_CODE: Text(
        "لم تعد القيمة «{value}» مستخدمة. اختر قيمة سارية من القائمة.",
        "“{value}” is no longer used. Choose one that is in the list.",
    ),
    cases.Reason.RECEIVED_IN_FUTURE: Text(
        "وقت استلام البلاغ لم يحن بعد. راجع التاريخ والساعة.",
        "The report cannot have been received in the future. Check the day and time.",
    ),
    cases.Reason.INCIDENT_IN_FUTURE: Text(
        "تاريخ الواقعة لم يحن بعد. راجع التاريخ.", "The incident cannot lie in the future. Check the day."
    ),
    cases.Reason.INCIDENT_AFTER_RECEIPT: Text(
        "تاريخ الواقعة بعد استلام البلاغ. راجع التاريخين.",
        "The incident is dated after the report was received. Check both days.",
    ),
    cases.Reason.INVESTIGATION_BACKWARDS: Text(
        "انتهاء التحقيق قبل بدايته. راجع التاريخين.",
        "The investigation ends before it begins. Check both days.",
    ),
    cases.Reason.BIRTH_IN_FUTURE: Text(
        "تاريخ الميلاد لم يحن بعد. راجع التاريخ.", "The birth date lies in the future. Check it."
    ),
    cases.Reason.AGE_OUT_OF_RANGE: Text(
        "العمر غير معقول. راجع العمر أو تاريخ الميلاد.",
        "This age cannot be. Check the age or the birth date.",
    ),
    cases.Reason.SAME_PERSON: Text(
        "للمعتدى عليها والمعتدي الرقم الشخصي نفسه. راجع الرقمين.",
        "The victim and the aggressor have the same personal number. Check both.",
    ),
    cases.Reason.TEXT_TOO_LONG: Text(
        "النص أطول من الحد ({longest} حرفاً). اختصره، أو أرفق الباقي بإضافة إلى البلاغ.",
        "The text is longer than {longest} letters. Shorten it, or put the rest into an addendum.",
    ),
    cases.Reason.BAD_PERSONAL_NUMBER: Text(
        "هذا ليس رقماً شخصياً صحيحاً. راجعه، أو اتركه فارغاً إن كان مجهولاً.",
        "This cannot be a personal number. Check it, or leave it empty if it is not known.",
    ),
    cases.Reason.BAD_PHONE: Text(
        "هذا ليس رقم هاتف صحيحاً. راجعه، أو اتركه فارغاً.",
        "This cannot be a phone number. Check it, or leave it empty.",
    ),
    cases.Reason.NOT_VISIBLE: Text("لا يوجد هنا ما يخص وحدتك.", "There is nothing here for your unit."),
    cases.Reason.EMPTY_TEXT: Text("اكتب نص الإضافة.", "Write the text."),
    cases.Reason.NO_VICTIM: Text(
        "اكتب ما يُعرف عن المعتدى عليها، ولو الاسم وحده، أو أشر إلى أنها لم تذكر اسمها.",
        "Write what is known of the victim, if only a name, or say that she did not give one.",
    ),
    cases.Reason.DRAFT_GONE: Text(
        "المسودة لم تعد موجودة: قُدّم بلاغها أو حُذفت.", "This draft is gone: it was submitted or deleted."
    ),
    cases.Reason.BAD_CURSOR: Text(
        "عنوان الصفحة غير صحيح. ارجع إلى أول القائمة.",
        "The address of this page is not right. Go back to the beginning of the list.",
    ),
}

CALENDAR: Table = {
    kernel.Reason.NO_POWER: Text("دورك الحالي لا يشمل: {power}.", "Your present role may not {power}."),
    kernel.Reason.NAME_IN_BOTH_LANGUAGES: Text(
        "اكتب اسم اليوم بالعربية والإنجليزية.", "Name the day in Arabic and in English."
    ),
    kernel.Reason.UNKNOWN_ACTION: Text(
        "اختر: إضافة عطلة أو إلغاء عطلة.", "Choose: a holiday added, or a holiday cancelled."
    ),
    kernel.Reason.UNKNOWN_HOLIDAY: Text(
        "لا توجد عطلة بهذا الرمز: {of}.", "There is no holiday with the code {of}."
    ),
    kernel.Reason.BASIS_NEEDED: Text(
        "اكتب السند: رقم التعميم وتاريخه.", "Give the basis: the circular's number and date."
    ),
    kernel.Reason.ONE_DAY_AT_MOST: Text(
        "لا يختلف التقويم الهجري بأكثر من يوم واحد.", "The Hijri calendar differs by one day at most."
    ),
    kernel.Reason.GONE: Text(
        "لم يعد هذا الإعلان سارياً. حدّث الصفحة.", "This announcement no longer holds. Reload the page."
    ),
}

MONEY: Table = {
    money.MoneyReason.NOT_AN_AMOUNT: Text("هذا ليس مبلغاً.", "This is not an amount."),
    money.MoneyReason.TOO_MANY_DECIMALS: Text(
        "للمبلغ {digits} خانات عشرية على الأكثر.", "An amount has at most {digits} decimals."
    ),
    money.MoneyReason.TOO_LARGE: Text("المبلغ أكبر من أن يُقبل. راجعه.", "The amount is too large. Check it."),
}

SCOPES: Table = {
    cases.Scope.INSIDE: Text("ضمن أفراد الأسرة في القانون", "inside the law's list of family members"),
    cases.Scope.OUTSIDE: Text("خارج أفراد الأسرة في القانون", "outside the law's list of family members"),
    cases.Scope.UNKNOWN: Text("صلة غير معلومة", "relation not known"),
}

EXPOSURES: Table = {
    cases.Exposure.NONE: Text("لم يتعرض طفل للعنف", "no child exposed"),
    cases.Exposure.WITNESSED: Text("وقع أمام الطفل", "witnessed by a child"),
    cases.Exposure.HARMED: Text("وقع على الطفل", "a child was harmed"),
    cases.Exposure.UNKNOWN: Text("غير معلوم", "not known"),
}

KNOWN: Table = {
    cases.Known.YES: Text("نعم", "yes"),
    cases.Known.NO: Text("لا", "no"),
    cases.Known.UNKNOWN: Text("غير معلوم", "not known"),
}

# What speaks for a hit of the search. The second of two kinds is said only where the first is not.
KINDS: Table = {
    people.Kind.NUMBER: Text("الرقم الشخصي نفسه أو قريب منه", "same personal number, or a digit off"),
    people.Kind.GIVEN_BIRTH: Text("الاسم الأول وتاريخ الميلاد نفسهما", "same first name and birth date"),
    people.Kind.GIVEN_SECOND_LAST: Text(
        "اسم مطابق أو مقارب: الأول والأب والعائلة", "like name: first, father's and family name"
    ),
    people.Kind.GIVEN_LAST_MONTH: Text(
        "الاسم والعائلة وشهر الميلاد نفسها", "same name, family name and month of birth"
    ),
    people.Kind.GIVEN_SECOND_MONTH: Text(
        "الاسم واسم الأب وشهر الميلاد نفسها", "same name, father's name and month of birth"
    ),
    people.Kind.PHONE_GIVEN: Text("الهاتف والاسم الأول نفسهما", "same phone and first name"),
    people.Kind.PHONE_MONTH: Text("الهاتف وشهر الميلاد نفسهما", "same phone and month of birth"),
    people.Kind.PHONE: Text("رقم الهاتف نفسه", "same phone"),
    people.Kind.LAST_BIRTH: Text("اسم العائلة وتاريخ الميلاد نفسهما", "same family name and birth date"),
    people.Kind.AREA_BIRTH: Text("المنطقة وتاريخ الميلاد نفسهما", "same area and birth date"),
    people.Kind.GIVEN_LAST_YEAR: Text(
        "الاسم والعائلة وسنة الميلاد نفسها", "same name, family name and year of birth"
    ),
    people.Kind.GIVEN_LAST_AREA: Text("الاسم والعائلة والمنطقة نفسها", "same name, family name and area"),
    people.Kind.GIVEN_SECOND_AREA: Text(
        "الاسم واسم الأب والمنطقة نفسها", "same name, father's name and area"
    ),
    people.Kind.GIVEN_LAST: Text("اسم مطابق أو مقارب: الأول والعائلة", "like name: first and family name"),
    people.Kind.GIVEN_SECOND: Text("اسم مطابق أو مقارب: الأول والأب", "like name: first and father's name"),
}

# Every enum that a person is told of, and its words.
TABLES: dict[type[StrEnum], Table] = {
    access.Power: POWERS,
    access.Basis: BASES,
    access.Why: WHY,
    access.Verdict: VERDICTS,
    access.Reason: ACCESS,
    duties.Status: DUTY_STATUS,
    duties.Reason: DUTIES,
    journal.Reason: JOURNAL,
    people.Reason: PEOPLE,
    people.ReviewStatus: REVIEW_STATUS,
    people.Kind: KINDS,
    cases.Status: CASE_STATUS,
    cases.Reason: CASES,
    cases.Scope: SCOPES,
    cases.Exposure: EXPOSURES,
    cases.Known: KNOWN,
    kernel.Reason: CALENDAR,
    money.MoneyReason: MONEY,
}


def of(member: StrEnum) -> Text | None:
    """The words of a code, or None where nobody wrote any."""
    return TABLES.get(type(member), {}).get(member)


def sentence(refusal: Refusal) -> str:
    """A refusal as the reader is told it: what happened and what to do, in her language, with the facts in it."""
    text = of(refusal.reason)
    if text is None:
        return str(UNSAID)
    return str(text).format_map(_Facts(refusal.facts))


def deed(did: str) -> Text:
    """A deed of the journal in words; one that has none is shown by its code, so that nothing is hidden."""
    return DEEDS.get(did) or Text(did, did)


UNSAID = Text(
    "لم يُنفذ الإجراء لأن القواعد لا تسمح به.", "This was not carried out: the rules do not allow it."
)


class _Facts(dict[str, str]):
    """Facts as words: a power by what it lets do, a role by its name; a fact that is not there leaves no trace."""

    def __init__(self, facts: Mapping[str, object]) -> None:
        super().__init__({name: _said(name, value) for name, value in facts.items()})

    def __missing__(self, name: str) -> str:
        return ""


def _said(name: str, value: Any) -> str:
    if name == "power" and value in set(access.Power):
        return str(POWERS[access.Power(value)])
    if name == "role":
        return str(pack().label("roles", str(value)))
    return str(value)
