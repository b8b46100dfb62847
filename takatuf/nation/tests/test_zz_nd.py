import time
from takatuf.nation.tests.test_services import *
from tests.cast import world


def test_big(world, tmp_path):
    t = time.perf_counter()
    g = services.grow(actor=SYSTEM, settings=Settings(), seed=7, until=UNTIL, folder=tmp_path)
    print(g, time.perf_counter() - t)
    import collections

    with acting(SYSTEM):
        print(
            collections.Counter(
                (
                    d.status,
                    d.due_at < datetime(2026, 11, 23, tzinfo=UTC),
                    bool(d.closed_at and d.closed_at > d.due_at),
                )
                for d in Duty.objects.all()
            )
        )
        print(Case.objects.count(), Report.objects.count(), Entry.objects.count())
        from takatuf.people.models import Person, Token

        print("persons", Person.objects.count(), "tokens", Token.objects.count())
    told = {r["external_ref"]: r for r in pq.read_table(g.truth).to_pylist()}
    with acting(SYSTEM):
        v = [(told[r.external_ref]["victim"], r.victim_id) for r in Report.objects.all()]
    t2p = collections.defaultdict(set)
    p2t = collections.defaultdict(set)
    for a, b in v:
        t2p[a].add(b)
        p2t[b].add(a)
    print(
        "true victims",
        len(t2p),
        "found persons",
        len(p2t),
        "split",
        sum(len(x) > 1 for x in t2p.values()),
        "mixed",
        sum(len(x) > 1 for x in p2t.values()),
    )
    from itertools import combinations

    by = collections.defaultdict(list)
    for a, b in v:
        by[a].append(b)
    pairs = sum(len(x) * (len(x) - 1) // 2 for x in by.values())
    joined = sum(sum(p == q for p, q in combinations(x, 2)) for x in by.values())
    print("victim pair recall", joined / pairs)
