#!/usr/bin/env python3
"""holds.py NAME REPORT.json EXPRESSION - prints "ok NAME" if it is true.

In EXPRESSION, r is the report, and:

    t("name")       the one thread of that name
    ts("prefix")    the threads whose names begin with it
    f("deadlock")   the findings of that kind
    lock("name")    the one lock of that name
    locks_of(f)     the names of a finding's locks
    names_of(f)     the names of a finding's threads
    life(t)         how long it lived
    total(t)        the sum of its nine states
    near(a, b, n)   whether they differ by n at most
    unseen          with RECORDING in the environment: the tids that came to a
                    CPU from a task that no tracer sees, see pftrace.py
"""
import json
import os
import sys

from pftrace import came_unseen

STATES = "run runnable lock sync io sleep stopped other unknown".split()


def one(things, what):
    if len(things) != 1:
        raise LookupError(f"{len(things)} of {what}")
    return things[0]


def names(report):
    threads = report["threads"]
    locks = report["locks"]
    by_tid = {t["tid"]: t["name"] for t in threads}
    by_id = {k["id"]: k.get("name") for k in locks}
    return {
        "r": report,
        "t": lambda n: one([t for t in threads if t["name"] == n], n),
        "ts": lambda n: [t for t in threads if t["name"].startswith(n)],
        "f": lambda k: [f for f in report["findings"] if f["kind"] == k],
        "lock": lambda n: one([k for k in locks if k.get("name") == n], n),
        "locks_of": lambda f: [by_id.get(i) for i in f["locks"]],
        "names_of": lambda f: [by_tid.get(i) for i in f["tids"]],
        "life": lambda t: t["end_ns"] - t["start_ns"],
        "total": lambda t: sum(t[s + "_ns"] for s in STATES),
        "unseen": came_unseen(os.environ["RECORDING"]) if "RECORDING" in os.environ else set(),
        "near": lambda a, b, n: abs(a - b) <= n,
    }


def main():
    name, path, expression = sys.argv[1:]
    why = None
    report = {}
    try:
        with open(path) as file:
            report = json.load(file)
        env = names(report)
        if not eval(f"({expression})", env):
            why = "not so: " + " ".join(expression.split())
    except Exception as e:  # a missing field is a failure with a reason
        why = f"{type(e).__name__}: {e} in {' '.join(expression.split())}"
    print(f"not ok {name}" if why else f"ok {name}")
    if why:
        print("#", why)
        for k in ("duration_ns", "cut", "events", "lost", "findings", "locks"):
            print(f"#   {k}: {str(report.get(k))[:600]}")
        for t in report.get("threads", [])[:12]:
            print("#  ", str(t)[:700])
    sys.exit(bool(why))


main()
