"""What a person reads for a deed of the journal, told as what happened: the doer stands beside it.

A test finds every deed that the code writes and asks for it here.
"""

from takatuf.kernel.text import Text

DEEDS: dict[str, Text] = {
    "access.account_changed": Text("عُدّل حساب مستخدم", "an account was changed"),
    "access.conflict_attempt": Text(
        "محاولة اطلاع يمنعها تعارض المصالح", "an attempt that a conflict of interest forbids"
    ),
    "access.context_chosen": Text("اختيار وحدة ودور", "a unit and role were chosen"),
    "access.glass_broken": Text("فُتح الملف فتحاً طارئاً", "the file was opened in an emergency"),
    "access.glass_reviewed": Text("رُوجع الفتح الطارئ", "an emergency opening was reviewed"),
    "access.lock_lifted": Text("رُفع منع تعارض المصالح", "a conflict-of-interest lock was lifted"),
    "access.locked_out": Text(
        "مُنع موظف من الملف لتعارض المصالح", "a public servant was locked out: conflict of interest"
    ),
    "access.number_known": Text(
        "سُجّل الرقم الشخصي لصاحب حساب", "the personal number of an account's owner was entered"
    ),
    "access.pack_loaded": Text("حُمّلت البيانات المرجعية", "reference data was loaded"),
    "access.password_changed": Text("تغيير كلمة المرور", "a password was changed"),
    "access.password_reset": Text("إعادة تعيين كلمة المرور", "a password was reset"),
    "access.role_given": Text("مُنح دور", "a role was given"),
    "access.role_taken": Text("سُحب دور", "a role was taken away"),
    "access.second_factor_reset": Text("إعادة تعيين عامل التحقق الثاني", "a second factor was reset"),
    "access.signed_in": Text("تسجيل دخول", "signed in"),
    "access.user_created": Text("أُنشئ حساب مستخدم", "an account was made"),
    "cases.addendum_added": Text("أُضيفت إضافة إلى بلاغ", "an addendum was added to a report"),
    "cases.import_abandoned": Text("تُرك استيراد لم يكتمل", "an unfinished import was given up"),
    "cases.import_keys_rewrapped": Text("أُعيد تغليف مفاتيح الاستيراد", "keys of imports were wrapped anew"),
    "cases.import_finished": Text("اكتمل استيراد", "an import was finished"),
    "cases.import_quarantine.read": Text("قُرئت صفوف العزل", "the quarantine was read"),
    "cases.import_remapped": Text("صُحح تعريف ملف الاستيراد", "an import's declaration was corrected"),
    "cases.import_retried": Text("أُعيدت محاولة صفوف مرفوضة", "refused rows were tried again"),
    "cases.import_row.read": Text("قُرئ صف مرفوض", "a refused row was read"),
    "cases.import_row_discarded": Text("استُبعد صف مرفوض", "a refused row was discarded"),
    "cases.import_row_mended": Text("صُحح صف مرفوض", "a refused row was mended"),
    "cases.import_started": Text("بدأ استيراد", "an import was begun"),
    "cases.list_exported": Text("صُدّرت قائمة الحالات", "the list of cases was exported"),
    "cases.opened": Text("فُتحت صفحة الحالة", "the case was opened"),
    "cases.report_read": Text("قُرئ بلاغ", "a report was read"),
    "cases.report_received": Text("ورد بلاغ", "a report was received"),
    "cases.reporter_read": Text("كُشفت هوية المُبلِّغ", "who reported was unsealed"),
    "duties.assigned": Text("أُسند واجب", "a duty was handed on"),
    "duties.done": Text("أُنجز واجب", "a duty was done"),
    "duties.escalated": Text("رُفع واجب متأخر", "an overdue duty was raised"),
    "duties.undone": Text("تُراجع عن إنجاز واجب", "a duty done was taken back"),
    "journal.exported": Text("صُدّر السجل", "the journal was exported"),
    "journal.key_changed": Text("بُدّل مفتاح توقيع السجل", "the journal's signing key was changed"),
    "kernel.moon_sighted": Text("عُدّل التقويم الهجري وفق الرؤية", "a sighting of the moon was entered"),
    "kernel.holiday_announced": Text("أُعلنت عطلة رسمية", "a holiday was announced"),
    "kernel.holiday_retired": Text("سُحب إعلان عطلة رسمية", "the announcement of a holiday was taken back"),
    "kernel.key_added": Text("أُضيف مفتاح تشفير", "an encryption key was added"),
    "nation.grown": Text("وُلّدت بيانات تجريبية", "invented data was grown"),
    "nation.measured": Text("قيست البيانات التجريبية", "invented data was measured"),
    "people.erased": Text("مُحيت بيانات شخص", "a person's data was erased"),
    "people.keys_rewrapped": Text("أُعيد تغليف مفاتيح البيانات", "data keys were wrapped anew"),
    "people.kinship_recorded": Text("سُجلت صلة قرابة", "a kinship was recorded"),
    "cases.joined": Text("ضُمّت حالة إلى أخرى", "a case was joined into another"),
    "cases.parted": Text("فُصلت حالة عن أخرى", "a case was parted from another"),
    "people.merged": Text("دُمج شخصان في واحد", "two persons were merged"),
    "people.unmerged": Text("فُصل شخصان دُمجا", "a merge of two persons was undone"),
    "people.pair_judged": Text("حُكم في زوج من السجلات", "a pair of records was judged"),
    "people.pair_read": Text("عُرض زوج من السجلات للمراجعة", "a pair of records was shown for review"),
    "people.read": Text("اطلاع على أسماء", "names were read"),
    "people.searched": Text("بحث عن شخص", "a person was searched for"),
    "statistics.snapshot_taken": Text("أُخذت لقطة إحصائية", "a statistical snapshot was taken"),
    "access.account_closed": Text("أُغلق حساب مستخدم", "an account was closed"),
    "access.account_opened_again": Text("أُعيد فتح حساب مستخدم", "an account was opened again"),
    "access.grant_ended": Text("أُنهي إذن اطلاع على حالة", "a grant on a case was ended"),
    "access.grant_given": Text("أُذن لوحدة بالاطلاع على حالة", "a unit was let into a case"),
    "access.sign_in_slowed": Text("أُبطئ تسجيل الدخول بعد محاولات فاشلة", "sign-in was slowed after failures"),
    "journal.list_exported": Text("صُدّرت قائمة من السجل", "a list of the journal was exported"),
    "journal.searched": Text("بحث في السجل", "the journal was searched"),
}
