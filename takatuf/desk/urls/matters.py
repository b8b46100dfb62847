"""Search, reports, cases, imports."""

from django.urls import URLPattern, path

from takatuf.desk.urls import converters  # noqa: F401 - registers `short`
from takatuf.desk.views import case, cases, imports, report, report_new, review, search

urlpatterns: list[URLPattern] = [
    path("search/", search.search, name="search"),
    path("review/", review.queue, name="review"),
    path("review/<short:item_id>/", review.pair, name="review_pair"),
    path("reports/new/", report_new.start, name="report_new"),
    path("reports/drafts/<short:draft_id>/", report_new.draft, name="draft"),
    path("reports/drafts/<short:draft_id>/keep/", report_new.keep, name="draft_keep"),
    path("reports/drafts/<short:draft_id>/drop/", report_new.drop, name="draft_drop"),
    path("reports/drafts/<short:draft_id>/sign/", report_new.sign, name="draft_sign"),
    path("reports/<short:report_id>/", report.report, name="report"),
    path("reports/<short:report_id>/receipt/", report_new.receipt, name="receipt"),
    path("reports/<short:report_id>/addenda/", report.add, name="report_add"),
    path("reports/<short:report_id>/reporter/", report.unseal, name="report_unseal"),
    path("cases/", cases.cases, name="cases"),
    path("cases/export.csv", cases.export, {"form": "csv"}, name="cases_csv"),
    path("cases/export.xlsx", cases.export, {"form": "xlsx"}, name="cases_xlsx"),
    path("cases/<short:case_id>/", case.case, name="case"),
    path("cases/<short:case_id>/open/", case.break_glass, name="case_break_glass"),
    path("cases/<short:case_id>/openings/", case.openings, name="case_openings"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<short:run_id>/", imports.run, name="import_run"),
    path("imports/<short:run_id>/resume/", imports.run_do, {"deed": "resume"}, name="import_resume"),
    path("imports/<short:run_id>/abandon/", imports.run_do, {"deed": "abandon"}, name="import_abandon"),
    path("imports/<short:run_id>/retry/", imports.run_do, {"deed": "retry"}, name="import_retry"),
    path("imports/<short:run_id>/quarantine.<slug:form>", imports.quarantine, name="import_quarantine"),
    path("imports/rows/<short:row_id>/", imports.row, name="import_row"),
]
