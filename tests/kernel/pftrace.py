"""pftrace.py - a recording's switches, read with nothing of mtviz's

Only the public layout of a Perfetto trace is used: packets, deflated packets,
ftrace bundles, compact sched. That it works is half of what it is for.
"""
import zlib

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


def came_unseen(path):
    """
    The tids that were found on a CPU without having been switched in there: the
    task before them left it unseen. The recording has both at one instant.
    """
    tids = set()
    for switches in recorded(path).values():
        for (time, _, tid), (after, _, _) in zip(switches[1:], switches[2:]):
            if time == after:
                tids.add(tid)
    return tids
