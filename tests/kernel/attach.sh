#!/bin/sh
# tests/kernel/attach.sh - recording what already runs: -p and -a
. "$(dirname "$0")/common"

pid=
at_exit() { [ -z "$pid" ] || kill -KILL $pid 2>/dev/null; }

# A process in which nothing happens any more.
"$workloads/deadlock" --pace stats -d 30 >/dev/null &
pid=$!
sleep 0.5
record 0 -q -o "$tmp/a.pftrace" -p $pid -d 2 && report "$tmp/a.pftrace" "$tmp/json" && {
	holds "a process that hangs shows its cycle within 1 s" "$tmp/json" '
		sorted(names_of(f("deadlock")[0])) == ["alice", "bob"] and
		f("deadlock")[0]["start_ns"] <= 1e9'
	holds "with the names of its locks" "$tmp/json" \
		'sorted(locks_of(f("deadlock")[0])) == ["left", "right"]'
	holds "all its threads are there from the start, and born before" "$tmp/json" '
		sorted(x["name"] for x in r["threads"]) == ["alice", "bob", "deadlock"] and
		all(x["start_ns"] == 0 and x["born_ns"] < 0 and x["exit_code"] is None and
		    x["end_ns"] == r["duration_ns"] for x in r["threads"])'
	holds "alice and bob have been waiting for their locks all the time" "$tmp/json" '
		all(t(n)["lock_ns"] >= 0.9 * r["duration_ns"] for n in ("alice", "bob"))'
	holds "its main thread, waiting for alice, is no part of it" "$tmp/json" \
		'all(t("deadlock")["tid"] not in x["tids"] for x in r["findings"])'
	holds "there is no command" "$tmp/json" 'r["command"] is None'
}
kill -0 $pid && ok "the process that was watched lives on" || not_ok "the process that was watched lives on"
kill -KILL $pid; wait $pid 2>/dev/null

# A process in which a lot happens, then ends.
"$workloads/bank" -d 30 >/dev/null &
pid=$!
sleep 0.3
record 0 -q -o "$tmp/a.pftrace" -p $pid -d 1 && report "$tmp/a.pftrace" "$tmp/json" && {
	holds "a running process: every thread, every nanosecond" "$tmp/json" '
		len(ts("clerk-")) == 3 and not r["lost"] and
		all(total(x) == life(x) == r["duration_ns"] for x in r["threads"])'
	holds "its lock is named, its waiters known" "$tmp/json" \
		'len(lock("account_lock")["waiters"]) == 3'
	holds "hardly anything is unknown" "$tmp/json" \
		'all(x["unknown_ns"] <= 0.1 * life(x) for x in r["threads"])'
}
"$mtviz" record -q -o "$tmp/a.pftrace" -p $pid 2>"$tmp/err" &
recorder=$!
sleep 1
kill -KILL $pid; wait $pid 2>/dev/null
sleep 0.3
kill -INT $recorder 2>/dev/null
wait $recorder
is "recording a process that dies ends well" 0 $?
report "$tmp/a.pftrace" "$tmp/json" &&
	holds "and shows the signal that killed it" "$tmp/json" \
		'all(x["exit_signal"] == 9 for x in r["threads"])'

# Later children of an attached process.
sh -c 'while :; do /bin/true; sleep 0.05; done' &
pid=$!
record 0 -q -o "$tmp/a.pftrace" -p $pid -d 1 && report "$tmp/a.pftrace" "$tmp/json" &&
	holds "later children of an attached process are in scope" "$tmp/json" \
		"len([x for x in ts('true') if x['ppid'] == $pid]) >= 3"
kill -KILL $pid; wait $pid 2>/dev/null

# Everything.
"$workloads/iobound" -d 30 >/dev/null &
pid=$!
sleep 0.2
record 0 -q -o "$tmp/a.pftrace" -a -d 1 && report "$tmp/a.pftrace" "$tmp/json" && {
	holds "-a: kernel threads and programs, nobody but mtviz outside" "$tmp/json" '
		len(ts("task-")) >= 4 and t("kthreadd") and
		{x["name"] for x in r["others"]} <= {"mtviz"}'
	holds "-a: mtviz itself is not among them" "$tmp/json" 'not ts("mtviz")'
	holds "-a: all that ran on a CPU is the CPUs' busy time" "$tmp/json" '
		near(sum(x["run_ns"] for x in r["threads"]) +
		     sum(x["run_ns"] for x in r["others"]),
		     sum(c["busy_ns"] for c in r["cpus"]), 0.1 * r["duration_ns"])'
}
kill -KILL $pid; wait $pid 2>/dev/null
pid=

record 125 -q -o "$tmp/none" -p 4194303 && ok "a process that does not exist is refused"
record 125 -q -o "$tmp/none" -p nobody && ok "a name is no process"
record 125 -q -o "$tmp/none" -p 1 -a && ok "-p and -a together are refused"
[ ! -e "$tmp/none" ] && ok "and no file is left" || not_ok "and no file is left"
