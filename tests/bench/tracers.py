"""tracers.py - run a program under each tracer there is, in turns, and compare

A tracer is a class with a name, missing() that says why it cannot be used here
(or None), and run(command), which returns what the command printed, the bytes
it wrote and the events it lost (None: it cannot tell). A bench calls compare().
"""
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

BUILD = os.environ.get("BUILD", "build")
MTVIZ = os.path.join(BUILD, "mtviz")
ROUNDS = int(os.environ.get("ROUNDS", "5"))
TRACEFS = "/sys/kernel/tracing"
EVENTS = ["sched_switch", "sched_waking", "sched_wakeup_new", "sched_migrate_task",
          "sched_process_exit"]


class Failed(Exception):
    pass


def output(command, **kw):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, stdin=subprocess.DEVNULL, timeout=300, **kw)
    if done.returncode:
        raise Failed(f"{command[0]}: exit status {done.returncode}: {done.stderr[-300:]}")
    return done.stdout


def tracefs():
    if not os.path.isdir(f"{TRACEFS}/events/sched"):
        subprocess.run(["mount", "-t", "tracefs", "nodev", TRACEFS],
                       stderr=subprocess.DEVNULL)
    return os.path.isdir(f"{TRACEFS}/events/sched")


class Untraced:
    name = "untraced"

    def __init__(self, folder):
        self.file = os.path.join(folder, re.sub(r"\W+", "-", self.name))

    def missing(self):
        return None

    def run(self, command):
        return output(command), None, None


class Mtviz(Untraced):
    name = "mtviz record"

    def missing(self):
        return None if os.access(MTVIZ, os.X_OK) else f"no {MTVIZ}"

    def run(self, command):
        printed = output([MTVIZ, "record", "-q", "-o", self.file, "--", *command])
        lost = json.loads(output([MTVIZ, "report", "--json", self.file]))["lost"]
        return printed, os.path.getsize(self.file), lost


class Perf(Untraced):
    name = f"perf record, {len(EVENTS)} events"
    arguments = ["record", "-a", "-e", ",".join(f"sched:{e}" for e in EVENTS)]

    def missing(self):
        if not shutil.which("perf"):
            return "perf is not installed (linux-perf)"
        if not tracefs():
            return "no tracefs"
        try:
            output(["perf", *self.arguments, "-q", "-o", self.file, "true"])
        except Failed as why:
            return str(why).strip().splitlines()[0]
        return None

    def run(self, command):
        printed = output(["perf", *self.arguments, "-q", "-o", self.file, *command])
        stats = output(["perf", "report", "--stats", "-i", self.file])
        lost = sum(int(n) for n in re.findall(r"LOST\w* events: +(\d+)", stats))
        return printed, os.path.getsize(self.file), lost


class PerfSched(Perf):
    name = "perf sched record"
    arguments = ["sched", "record"]


class Bpftrace(Untraced):
    name = "bpftrace, counting"
    program = ('BEGIN { printf("ready\\n"); } '
               "tracepoint:sched:sched_switch { @switches[args->next_pid] = count(); } "
               "tracepoint:sched:sched_waking { @wakings[args->pid] = count(); }")

    def missing(self):
        if not shutil.which("bpftrace"):
            return "bpftrace is not installed"
        if not tracefs():
            return "no tracefs"
        try:
            self.run(["true"])
        except Failed as why:
            return str(why)
        return None

    def run(self, command):
        with open(self.file, "w") as errors:
            tracer = subprocess.Popen(["bpftrace", "-e", self.program], text=True,
                                      stdout=subprocess.PIPE, stderr=errors)
        try:
            for line in tracer.stdout:
                if "ready" in line:
                    break
            else:
                with open(self.file) as errors:
                    raise Failed("bpftrace: " + errors.read().strip()[-200:])
            time.sleep(0.2)
            return output(command), None, None
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.stdout.close()
            tracer.wait()


# Moves whole pages from a CPU's buffer to a file, as trace-cmd does it.
SPLICE = """
import os, sys
source, target = os.open(sys.argv[1], os.O_RDONLY), os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT)
out, into = os.pipe()
while n := os.splice(source, into, 65536):
    while n:
        n -= os.splice(out, target, n)
"""


class Ftrace(Untraced):
    name = f"raw ftrace, {len(EVENTS)} events"
    instance = f"{TRACEFS}/instances/mtviz-bench"

    def missing(self):
        if not tracefs():
            return "no tracefs"
        try:
            self.run(["true"])
        except OSError as why:
            return f"{why.strerror}: {why.filename}"
        return None

    def write(self, name, text):
        with open(f"{self.instance}/{name}", "w") as file:
            file.write(text)

    def run(self, command):
        os.mkdir(self.instance)
        self.write("buffer_size_kb", "16384")
        readers = []
        try:
            for event in EVENTS:
                self.write(f"events/sched/{event}/enable", "1")
            for cpu in range(os.cpu_count()):
                readers.append(subprocess.Popen(
                    ["python3", "-c", SPLICE, f"{self.instance}/per_cpu/cpu{cpu}/trace_pipe_raw",
                     f"{self.file}.{cpu}"], stderr=subprocess.DEVNULL))
            time.sleep(0.2)
            printed = output(command)
            self.write("tracing_on", "0")
            time.sleep(0.3)
            size = sum(os.path.getsize(f"{self.file}.{i}") for i in range(len(readers)))
            lost = 0
            for cpu in range(len(readers)):
                with open(f"{self.instance}/per_cpu/cpu{cpu}/stats") as file:
                    stats = file.read()
                lost += int(re.search(r"overrun: (\d+)", stats)[1])
                size += int(re.search(r"bytes: (\d+)", stats)[1])  # not yet read
            return printed, size, lost
        finally:
            for reader in readers:
                reader.kill()
                reader.wait()
            os.rmdir(self.instance)


ALL = [Untraced, Mtviz, Ftrace, Bpftrace, Perf, PerfSched]


def spread(values, digits):
    low, mid, high = min(values), statistics.median(values), max(values)
    return f"{mid:.{digits}f} ({low:.{digits}f}..{high:.{digits}f})"


def compare(title, command, read, tracers=ALL, steady=True):
    """
    Runs command under every tracer, ROUNDS times, and prints a table. read()
    takes what command printed and returns (seconds, switches). Without steady
    the work itself differs from run to run, and no added time is told. Returns
    the medians (added us, bytes per switch, lost) by name.
    """
    with tempfile.TemporaryDirectory(prefix="mtviz-bench.") as folder:
        here, absent = [], []
        for tracer in (kind(folder) for kind in tracers):
            why = tracer.missing()
            if why:
                absent.append(f"not here: {tracer.name}: {why}")
            else:
                here.append(tracer)
        runs = {tracer.name: [] for tracer in here}
        for n in range(ROUNDS):
            # Another one begins each round.
            for tracer in here[n % len(here):] + here[:n % len(here)]:
                printed, size, lost = tracer.run(command)
                runs[tracer.name].append((*read(printed), size, lost))
    print(f"{title}; {ROUNDS} rounds, median (min..max)")
    print(f"  {'':<24} {'seconds':>22} {'added us/switch':>22} {'bytes/switch':>20} {'lost':>8}")
    result = {}
    base = runs["untraced"]
    for name, rounds in runs.items():
        added = [1e6 * (r[0] / r[1] - b[0] / b[1]) for r, b in zip(rounds, base)]
        sizes = [r[2] / r[1] for r in rounds if r[2] is not None]
        losses = [r[3] for r in rounds if r[3] is not None]
        print(f"  {name:<24} {spread([r[0] for r in rounds], 3):>22} "
              f"{spread(added, 2) if steady and rounds is not base else '':>22} "
              f"{spread(sizes, 2) if sizes else '':>20} "
              f"{max(losses) if losses else '':>8}")
        result[name] = (statistics.median(added),
                        statistics.median(sizes) if sizes else None,
                        max(losses) if losses else None)
    for line in absent:
        print(" ", line)
    return result


def budget(result, column, what, limit):
    """column: 0 added us a switch, 1 bytes a switch, 2 lost."""
    value = result.get("mtviz record", (None,) * 3)[column]
    if value is not None:
        met = "met" if value <= limit else "NOT met"
        print(f"  {what}: {value:.2f}, budget {limit}: {met}")
