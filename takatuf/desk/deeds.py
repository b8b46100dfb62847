"""What a person reads for a deed of the journal. A test finds every deed the code writes and asks for it here."""

from takatuf.kernel.text import Text

DEEDS: dict[str, Text] = {
    "access.account_changed": Text("عدّل بيانات حسابه", "changed the own account"),
    "access.account_closed": Text("أغلق حساب مستخدم", "closed a user's account"),
    "access.account_opened_again": Text("أعاد فتح حساب مستخدم", "opened a user's account again"),
    "access.conflict_attempt": Text(
        "محاولة فتح ملف محجوب لتعارض المصالح", "tried to open a file closed by a conflict of interest"
    ),
    "access.context_chosen": Text("اختار وحدة ودوراً", "chose a unit and role"),
    "access.glass_broken": Text("فتح ملفاً فتحاً طارئاً", "opened a file in an emergency"),
    "access.glass_reviewed": Text("راجع فتحاً طارئاً", "reviewed an emergency opening"),
    "access.lock_lifted": Text("رفع حجب تعارض المصالح", "lifted a conflict-of-interest lock"),
    "access.locked_out": Text(
        "حُجب ملف عن مستخدم لتعارض المصالح", "kept a user from a file: conflict of interest"
    ),
    "access.pack_loaded": Text("حُمّلت البيانات المرجعية", "loaded the reference data"),
    "access.password_changed": Text("غيّر كلمة المرور", "changed the password"),
    "access.password_reset": Text("أعاد تعيين كلمة مرور مستخدم", "reset a user's password"),
    "access.role_given": Text("منح دوراً", "gave a role"),
    "access.role_taken": Text("أنهى دوراً", "ended a role"),
    "access.second_factor_reset": Text("أعاد تعيين العامل الثاني لمستخدم", "reset a user's second factor"),
    "access.signed_in": Text("سجّل الدخول", "signed in"),
    "access.user_created": Text("أنشأ حساب مستخدم", "created a user"),
    "cases.addendum_added": Text("أضاف إلى بلاغ", "added to a report"),
    "cases.import_abandoned": Text("تخلى عن استيراد", "gave an import up"),
    "cases.import_finished": Text("اكتمل استيراد ملف", "finished an import"),
    "cases.import_quarantine.read": Text("اطلع على السجلات المردودة", "looked at rows that were sent back"),
    "cases.import_remapped": Text("غيّر تعريف الاستيراد", "changed the mapping of an import"),
    "cases.import_retried": Text("أعاد محاولة السجلات المردودة", "tried rows again"),
    "cases.import_row.read": Text("اطلع على سجل مردود", "looked at a row that was sent back"),
    "cases.import_row_discarded": Text("استبعد سجلاً مردوداً", "discarded a row"),
    "cases.import_row_mended": Text("صحح سجلاً مردوداً", "mended a row"),
    "cases.import_started": Text("بدأ استيراد ملف", "started an import"),
    "cases.list_exported": Text("صدّر قائمة حالات", "exported a list of cases"),
    "cases.opened": Text("فتح ملف الحالة", "opened the file"),
    "cases.report_read": Text("قرأ بلاغاً", "read a report"),
    "cases.report_received": Text("استلم بلاغاً", "received a report"),
    "cases.reporter_read": Text("اطلع على هوية المُبلِّغ", "saw who reported"),
    "duties.assigned": Text("أسند واجباً", "handed a duty on"),
    "duties.done": Text("أنجز واجباً", "did a duty"),
    "duties.escalated": Text("رُفع واجب متأخر إلى مستوى أعلى", "raised a late duty"),
    "duties.undone": Text("تراجع عن إنجاز واجب", "took back that a duty was done"),
    "journal.exported": Text("صدّر السجل المختوم", "exported the sealed journal"),
    "journal.key_changed": Text("بدّل مفتاح توقيع السجل", "changed the journal's signing key"),
    "journal.list_exported": Text("صدّر قائمة من السجل", "exported a list of the journal"),
    "journal.searched": Text("بحث في السجل", "searched the journal"),
    "kernel.holiday_announced": Text("أعلن عطلة أو ألغاها", "announced a holiday, or cancelled one"),
    "kernel.holiday_retired": Text("سحب إعلان عطلة", "took an announced day back"),
    "kernel.moon_sighted": Text("ضبط التقويم الهجري", "set the Hijri calendar"),
    "nation.grown": Text("أُنشئت بيانات تجريبية", "grew a synthetic nation"),
    "nation.measured": Text("قيست البيانات التجريبية", "measured the synthetic nation"),
    "people.erased": Text("محا بيانات شخص", "erased a person"),
    "people.keys_rewrapped": Text("جُددت مفاتيح الأشخاص", "renewed the keys of persons"),
    "people.kinship_recorded": Text("سجّل صلة قرابة", "recorded kinship"),
    "people.read": Text("اطلع على بيانات أشخاص", "saw the data of persons"),
    "people.searched": Text("بحث عن شخص", "searched for a person"),
    "statistics.snapshot_taken": Text("التُقطت نسخة للإحصاء", "took a snapshot for statistics"),
}


def said(did: str) -> Text:
    """The words of a deed; one nobody wrote words for is shown by its code, so that nothing goes blank."""
    return DEEDS.get(did, Text(did, did))
