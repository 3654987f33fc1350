#!/bin/sh
# tests/kernel/perf.sh - perf, watching at the same time, sees the same slices
#
# Equal numbers of switches for every thread, and slices of equal length but for
# the moment that each tool takes its clock: half of them within 1 us.
. "$(dirname "$0")/common"

command -v perf >/dev/null || { echo "skip: perf is not installed (linux-perf)"; exit 0; }
if ! [ -d /sys/kernel/tracing/events/sched ]; then
	mount -t tracefs nodev /sys/kernel/tracing 2>"$tmp/err" ||
		{ echo "skip: cannot mount tracefs for perf: $(cat "$tmp/err")"; exit 0; }
	at_exit() { umount /sys/kernel/tracing 2>/dev/null; }
fi
timeout 20 perf record -q -e sched:sched_switch -a -o "$tmp/probe" true >"$tmp/err" 2>&1 ||
	{ echo "skip: perf cannot record here: $(grep -m 1 . "$tmp/err")"; exit 0; }

# together NAME COMMAND...
together() {
	name=$1
	shift
	timeout -k 5 60 perf record -q -k CLOCK_MONOTONIC -m 16M -e sched:sched_switch -a \
		-o "$tmp/perf.data" "$mtviz" record -q -o "$tmp/p.pftrace" -- "$@" \
		>"$tmp/out" 2>"$tmp/err" || {
		not_ok "$name: both record" "$(tail -n 5 "$tmp/err")"
		return
	}
	timeout 60 perf script -i "$tmp/perf.data" --ns -F cpu,time,event,trace >"$tmp/perf.txt" 2>"$tmp/err"
	if timeout 60 perf report -i "$tmp/perf.data" --stats 2>/dev/null | grep -qE 'LOST events: +[1-9]'; then
		echo "skip: $name: perf lost events"
		return
	fi
	report "$tmp/p.pftrace" "$tmp/json" || return
	if why=$(python3 "$here/slices.py" "$tmp/json" "$tmp/p.pftrace" "$tmp/perf.txt" 2>&1); then
		ok "$name: perf sees the same slices ($(printf %s "$why" | tail -n 1))"
	else
		not_ok "$name: perf sees the same slices" "$why"
	fi
}

together "clerks at full speed" "$workloads/bank" --pace stats -d 1
together "workers" "$workloads/workers" --jobs 12
together "hogs" "$workloads/cpubound" -d 1
together "a short command" sh -c 'for i in 1 2 3 4 5; do /bin/true; done'
