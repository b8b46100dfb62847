import pytest
from django.db import connections


@pytest.mark.django_db(transaction=True, databases=["default", "statistics"])
def test_x():
    with connections["statistics"].cursor() as c:
        for sql in [
            "select current_user",
            "select id, case_id, victim_id from cases_report",
            "select r.id, c.victim_id from cases_report r join cases_case c on c.id=r.case_id",
            "select id, sex, birth_year from people_person",
        ]:
            try:
                c.execute(sql)
                print(sql, c.fetchall())
            except Exception as e:
                print(sql, e)
