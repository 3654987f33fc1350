#!/usr/bin/env python3
"""truth.py exact|times TABLE REPORT.json RECORDING - a report beside the kernel's accounts

TABLE is what tests/kernel/parked wrote. Prints what differs, one line each;
exits with 1 if anything does.

exact: switches agree to the last one, the nine states fill every lifetime to
the nanosecond, nothing is unknown, all threads that came and went are there.

times: run and runnable together differ by 1 % or 4 us per switch-in at most.
Each alone by 1 % or 3 %, or 10 us per wakeup, whichever is larger: the kernel
starts a woken task's running with the clock of its wakeup, and so moves the way
to the CPU from waiting to running. (tests/kernel/perf.sh has no such blur.)

Some systems have tasks whose leaving a CPU no tracer sees (the agent of a
virtual machine, for one). Who comes after them comes unseen: only for those
threads a time may be unknown, and their times are not compared.
"""
import json
import sys

from pftrace import came_unseen

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


def exact(threads, ended, report, unseen):
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
        if t["unknown_ns"] and t["tid"] not in unseen:
            yield f"{t['name']} {t['tid']}: {t['unknown_ns']} ns unknown"
    pid = {t["tid"]: t["tgid"] for t in report["threads"]}.get(threads[0][0])
    gone = [t for t in report["threads"] if t["tgid"] == pid and t["exit_code"] is not None]
    if len(gone) != ended:
        yield f"{len(gone)} threads came and went, really {ended}"
    for t in gone:
        if t["voluntary"] < 1 or t["exit_code"]:
            yield f"{t['name']} {t['tid']} ended with {t['exit_code']}"


def times(threads, _, report, unseen):
    by_tid = {t["tid"]: t for t in report["threads"] if t["exit_code"] is None}
    for tid, name, voluntary, _, run, wait, slices in threads:
        t = by_tid.get(tid)
        if not t:
            yield f"{name} {tid} is missing"
            continue
        if tid in unseen:
            continue
        wakeups = voluntary + 1
        for what, mine, kernel, allowed in (
                ("run", t["run_ns"], run,
                 max(0.01 * run, 4000 * slices, 10000 * wakeups)),
                ("runnable", t["runnable_ns"], wait,
                 max(0.03 * wait, 4000 * slices, 10000 * wakeups)),
                ("run + runnable", t["run_ns"] + t["runnable_ns"], run + wait,
                 max(0.01 * (run + wait), 4000 * slices))):
            if abs(mine - kernel) > allowed:
                yield (f"{name} {tid}: {what} {mine} ns, the kernel says {kernel} "
                       f"({mine - kernel:+d}, allowed {allowed:.0f})")


def main():
    which, path, report, recording = sys.argv[1:]
    with open(report) as file:
        differences = list({"exact": exact, "times": times}[which](
            *table(path), json.load(file), came_unseen(recording)))
    for line in differences:
        print(line)
    sys.exit(bool(differences))


main()
