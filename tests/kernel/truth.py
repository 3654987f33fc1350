#!/usr/bin/env python3
"""truth.py exact|times TABLE REPORT.json - a report beside the kernel's own accounts

TABLE is what tests/kernel/parked wrote. Prints what differs, one line each;
exits with 1 if anything does.

exact: switches agree to the last one, the nine states fill every lifetime to
the nanosecond, nothing is unknown, all threads that came and went are there.

times: schedstat measures a little elsewhere in the kernel than the switches
are, so run time may differ by 1 % or 4 us per switch-in, and runnable time by
3 % or 6 us per wakeup, whichever is larger.
"""
import json
import sys

STATES = "run runnable lock sync io sleep stopped other unknown".split()


def table(path):
    threads, ended = [], 0
    with open(path) as file:
        for line in file:
            word = line.split()
            if word[0] == "ended":
                ended = int(word[1])
            else:
                threads.append((int(word[1]), word[2], *map(int, word[3:])))
    return threads, ended


def exact(threads, ended, report):
    if report["lost"]:
        yield f"lost {report['lost']} events"
    if report["cut"]:
        yield "the recording says it was cut"
    alive = {t["tid"]: t for t in report["threads"]
             if t["exit_code"] is None and t["exit_signal"] is None}
    for tid, name, voluntary, involuntary, *_ in threads:
        t = alive.get(tid)
        if not t:
            yield f"{name} {tid} is not among the living threads"
            continue
        if t["name"] != name:
            yield f"{name} {tid} is called {t['name']}"
        if (t["voluntary"], t["involuntary"]) != (voluntary, involuntary):
            yield (f"{name} {tid}: {t['voluntary']} voluntary and {t['involuntary']} "
                   f"involuntary switches, the kernel says {voluntary} and {involuntary}")
        if t["end_ns"] != report["duration_ns"]:
            yield f"{name} {tid} lives, but ends at {t['end_ns']}"
    for t in report["threads"]:
        total = sum(t[s + "_ns"] for s in STATES)
        life = t["end_ns"] - t["start_ns"]
        if total != life:
            yield f"{t['name']} {t['tid']}: its states are {total} ns, its life {life} ns"
        if t["unknown_ns"]:
            yield f"{t['name']} {t['tid']}: {t['unknown_ns']} ns unknown"
    pid = {t["tid"]: t["tgid"] for t in report["threads"]}.get(threads[0][0])
    gone = [t for t in report["threads"] if t["tgid"] == pid and t["exit_code"] is not None]
    if len(gone) != ended:
        yield f"{len(gone)} threads came and went, really {ended}"
    for t in gone:
        if t["voluntary"] < 1 or t["exit_code"]:
            yield f"{t['name']} {t['tid']} ended with {t['exit_code']}"


def times(threads, _, report):
    by_tid = {t["tid"]: t for t in report["threads"] if t["exit_code"] is None}
    for tid, name, voluntary, _, run, wait, slices in threads:
        t = by_tid.get(tid)
        if not t:
            yield f"{name} {tid} is missing"
            continue
        for what, mine, kernel, part, each, n in (
                ("run", t["run_ns"], run, 0.01, 4000, slices),
                ("runnable", t["runnable_ns"], wait, 0.03, 6000, voluntary + 1)):
            allowed = max(part * kernel, each * n)
            if abs(mine - kernel) > allowed:
                yield (f"{name} {tid}: {what} {mine} ns, the kernel says {kernel} "
                       f"({mine - kernel:+d}, allowed {allowed:.0f})")


def main():
    which, path, report = sys.argv[1:]
    with open(report) as file:
        differences = list({"exact": exact, "times": times}[which](*table(path), json.load(file)))
    for line in differences:
        print(line)
    sys.exit(bool(differences))


main()
