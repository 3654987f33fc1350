#!/usr/bin/env python3
"""slices.py REPORT.json RECORDING PERF.txt - the same slices, seen by two others

Reads the recording with nothing of mtviz's but the public layout of a Perfetto
trace, and perf's list of switches of the same time, and compares for every
thread of the report: how many times it was switched in and out, and for how
long it had the CPU each time. Prints what differs, and the median difference.
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
    """Per CPU, (time, next tid) in order."""
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
        now = 0
        for delta, tid in zip(columns.get(1, []), columns.get(3, [])):
            now += delta
            cpus.setdefault(cpu, []).append((now, tid))
    return cpus


def perf(path):
    cpus = {}
    with open(path, errors="replace") as file:
        for line in file:
            m = PERF.search(line)
            if m:
                time = int(m[2]) * 10**9 + int(m[3])
                cpus.setdefault(int(m[1]), []).append((time, int(m[5])))
    return cpus


def slices(cpus, tids):
    """Per tid, (start, length) of its turns on any CPU, in order."""
    found = {tid: [] for tid in tids}
    for switches in cpus.values():
        for (start, tid), (end, _) in zip(switches, switches[1:]):
            if tid not in found:
                continue
            turns = found[tid]
            # A bundle repeats who runs when it begins: that is no switch.
            if turns and turns[-1][0] + turns[-1][1] == start and turns[-1][2] is switches:
                turns[-1] = (turns[-1][0], end - turns[-1][0], switches)
            else:
                turns.append((start, end - start, switches))
    return {tid: [t[:2] for t in sorted(turns, key=lambda t: t[0])] for tid, turns in found.items()}


def main():
    with open(sys.argv[1]) as file:
        threads = json.load(file)["threads"]
    tids = [t["tid"] for t in threads]
    mine, theirs = slices(recorded(sys.argv[2]), tids), slices(perf(sys.argv[3]), tids)
    wrong, differences = 0, []
    for t in threads:
        tid, told = t["tid"], t["voluntary"] + t["involuntary"]
        counts = (told, len(mine[tid]), len(theirs[tid]))
        if len(set(counts)) > 1:
            wrong += 1
            print(f"{t['name']} {tid}: {counts[0]} switches reported, {counts[1]} slices "
                  f"recorded, {counts[2]} slices seen by perf")
        else:
            differences += [abs(a[1] - b[1]) for a, b in zip(mine[tid], theirs[tid])]
    median = statistics.median(differences) if differences else None
    print(f"{sum(len(s) for s in theirs.values())} slices, median difference {median} ns")
    sys.exit(bool(wrong or median is None or median > 1000))


main()
