#!/usr/bin/env python3
"""slices.py REPORT.json RECORDING PERF.txt - the same turns, as seen by two others

Reads the recording with nothing of mtviz's but the public layout of a Perfetto
trace, and perf's list of switches of the same time, and compares for every
thread of the report how many turns it had on a CPU, and how long each took.
Prints what differs, and the median difference.
"""
import json
import re
import statistics
import sys

from pftrace import recorded

PERF = re.compile(r"\[(\d+)\]\s+(\d+)\.(\d{9}):.*prev_pid=(\d+) .*next_pid=(\d+) ")
def perf(path):
    cpus = {}
    with open(path, errors="replace") as file:
        for line in file:
            m = PERF.search(line)
            if m:
                time = int(m[2]) * 10**9 + int(m[3])
                cpus.setdefault(int(m[1]), []).append((time, int(m[4]), int(m[5])))
    return cpus


def turns(cpus, tids):
    """
    Per tid its turns on any CPU, in order: how long, or None if one of its ends
    was not seen. perf misses a switch now and then, mostly one that ends the
    idle task: then the next one is from somebody who was never switched in.
    """
    found = {tid: [] for tid in tids}
    missed = 0
    for switches in cpus.values():
        since, running = None, None
        for time, before, after in switches:
            if running is not None and before != running:
                missed += 1
                if running in found:
                    found[running].append((time, None))
                since = None
            if before in found:
                found[before].append((time, since and time - since))
            since, running = time, after
    return {tid: [t[1] for t in sorted(all_, key=lambda t: t[0])]
            for tid, all_ in found.items()}, missed


def main():
    with open(sys.argv[1]) as file:
        threads = json.load(file)["threads"]
    tids = [t["tid"] for t in threads]
    mine, holes = turns(recorded(sys.argv[2]), tids)
    theirs, missed = turns(perf(sys.argv[3]), tids)
    wrong, differences = holes, []
    for t in threads:
        tid = t["tid"]
        counts = (t["voluntary"] + t["involuntary"], len(mine[tid]), len(theirs[tid]))
        if len(set(counts)) > 1:
            wrong += 1
            print(f"{t['name']} {tid}: {counts[0]} switches reported, {counts[1]} turns "
                  f"recorded, {counts[2]} seen by perf")
            continue
        differences += [abs(a - b) for a, b in zip(mine[tid], theirs[tid])
                        if a is not None and b is not None]
    median = statistics.median(differences) if differences else None
    print(f"{len(differences)} turns, median difference {median} ns, {missed} missed by perf")
    sys.exit(bool(wrong or median is None or median > 1000))


main()
