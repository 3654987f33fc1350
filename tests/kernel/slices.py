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
import zlib

PERF = re.compile(r"\[(\d+)\]\s+(\d+)\.(\d{9}):.*prev_pid=(\d+) .*next_pid=(\d+) ")
COMPRESSED, FTRACE, COMPACT = 50, 1, 4


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            size, at = varint(data, at)
            value = data[at:at + size]
            at += size
        else:
            value = data[at:at + (8 if key & 7 == 1 else 4)]
            at += len(value)
        yield key >> 3, value


def packed(data):
    at, values = 0, []
    while at < len(data):
        value, at = varint(data, at)
        values.append(value)
    return values


def packets(data):
    for field, packet in fields(data):
        if field != 1:
            continue
        for inner, value in fields(packet):
            if inner == COMPRESSED:
                yield from packets(zlib.decompress(value))
            elif inner == FTRACE:
                yield value


def recorded(path):
    """Per CPU, (time, previous tid, next tid) in order."""
    cpus = {}
    with open(path, "rb") as file:
        data = file.read()
    for bundle in packets(data):
        cpu, compact = 0, None
        for field, value in fields(bundle):
            cpu = value if field == 1 else cpu
            compact = value if field == COMPACT else compact
        if compact is None:
            continue
        columns = {f: packed(v) for f, v in fields(compact) if f in (1, 3)}
        switches, now = cpus.setdefault(cpu, []), 0
        for delta, tid in zip(columns.get(1, []), columns.get(3, [])):
            now += delta
            before = switches[-1][2] if switches else None
            if tid != before:  # a bundle repeats who runs when it begins
                switches.append((now, before, tid))
    return cpus


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
