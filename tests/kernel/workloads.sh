#!/bin/sh
# tests/kernel/workloads.sh - what is known about each workload is in its report
. "$(dirname "$0")/common"

# the NAME STATUSES COMMAND... - record it and report to $tmp/json
the() {
	name=$1 statuses=$2
	shift 2
	timeout -k 5 60 "$mtviz" record -q -o "$tmp/w.pftrace" -- "$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
	case " $statuses " in
	*" $status "*) ok "$name is recorded" ;;
	*) not_ok "$name is recorded" "exit status $status" "$(cat "$tmp/err" "$tmp/out")"
	   return 1 ;;
	esac
	report "$tmp/w.pftrace" "$tmp/json" || return 1
	RECORDING=$tmp/w.pftrace holds "$name: every state counted, nothing lost" "$tmp/json" \
		'not r["lost"] and not r["cut"] and all(total(x) == life(x) and
		 (not x["unknown_ns"] or x["tid"] in unseen) for x in r["threads"])'
}

the bank 0 "$workloads/bank" -d 1 && {
	waited_ms=$(awk '/waited/ { for (i = 1; i < NF; i++) if ($i == "waited") s += $(i + 1) }
			 END { print s }' "$tmp/out")
	holds "bank: account_lock is named, a mutex, and all three clerks wait for it" "$tmp/json" '
		lock("account_lock")["kind"] == "mutex" and lock("account_lock")["waits"] >= 30 and
		sorted(lock("account_lock")["waiters"]) == sorted(x["tid"] for x in ts("clerk-"))'
	holds "bank: the holders share the waiting among them" "$tmp/json" '
		sum(h["wait_ns"] for h in lock("account_lock")["holders"]) ==
		lock("account_lock")["wait_ns"]'
	holds "bank: most of it is charged to a clerk, observed" "$tmp/json" '
		sum(h["wait_ns"] for h in lock("account_lock")["holders"]
		    if h["evidence"] == "observed" and
		    h["tid"] in [x["tid"] for x in ts("clerk-")]) >=
		lock("account_lock")["wait_ns"] / 2'
	holds "bank: a clerk releases what another waits for" "$tmp/json" '
		set(x["tid"] for x in lock("account_lock")["releasers"]) <=
		set(x["tid"] for x in ts("clerk-")) and
		sum(x["count"] for x in lock("account_lock")["releasers"]) >=
		lock("account_lock")["waits"] * 0.9'
	holds "bank: the clerks' waiting is what they measured themselves" "$tmp/json" "
		0.5 * $waited_ms <= sum(x['lock_ns'] for x in ts('clerk-')) / 1e6 <= 1.01 * $waited_ms"
	holds "bank: main waits for its clerks, by joining them" "$tmp/json" \
		't("bank")["sync_ns"] >= 0.9 * life(t("bank"))'
	holds "bank: nothing is found that is not there" "$tmp/json" 'r["findings"] == []'
}

the deadlock 0 "$workloads/deadlock" && {
	holds "deadlock: found once, alice and bob, left and right" "$tmp/json" '
		len(r["findings"]) == 1 and
		sorted(names_of(f("deadlock")[0])) == ["alice", "bob"] and
		sorted(locks_of(f("deadlock")[0])) == ["left", "right"]'
	holds "deadlock: it is said since when, within 1 s" "$tmp/json" '
		near(f("deadlock")[0]["start_ns"], max(x["end_ns"] - x["lock_ns"]
			for x in (t("alice"), t("bob"))), 1e9)'
	holds "deadlock: each waits for the lock of the other" "$tmp/json" '
		lock("left")["waiters"] == [t("bob")["tid"]] and
		lock("right")["waiters"] == [t("alice")["tid"]] and
		[h["tid"] for h in lock("left")["holders"] if h["evidence"] == "observed"] ==
			[t("alice")["tid"]]'
	holds "deadlock: nobody computes for the rest of the time" "$tmp/json" \
		't("alice")["run_ns"] + t("bob")["run_ns"] <= 0.3 * r["duration_ns"]'
}
the "a ring of four" 0 "$workloads/deadlock" -t 4 -d 1 &&
	holds "deadlock: a ring of four is one finding" "$tmp/json" '
		len(r["findings"]) == 1 and len(f("deadlock")[0]["tids"]) == 4 and
		sorted(locks_of(f("deadlock")[0])) == ["fourth", "left", "right", "third"]'
the "deadlock --fixed" 0 "$workloads/deadlock" --fixed -d 10 &&
	holds "deadlock --fixed: waits, and no deadlock" "$tmp/json" \
		'f("deadlock") == [] and lock("left")["waits"] >= 1'

the "workers, processes" "0 4" "$workloads/workers" --jobs 12 && {
	holds "workers: four processes below their parent" "$tmp/json" '
		len(ts("worker-")) == 4 and all(x["ppid"] == t("workers")["tgid"] and
		x["tid"] == x["tgid"] for x in ts("worker-"))'
	holds "workers: each exits with its number" "$tmp/json" '
		all(x["exit_code"] == int(x["name"][7:]) and x["exit_signal"] is None
		    for x in ts("worker-"))'
	holds "workers: 12 jobs of 40 ms are 480 ms of CPU time" "$tmp/json" \
		'near(sum(x["run_ns"] for x in ts("worker-")), 480e6, 40e6)'
	holds "workers: the master waits for the pipe" "$tmp/json" \
		't("workers")["io_ns"] > 0.3 * life(t("workers"))'
}
the "workers, threads" "0 4" "$workloads/workers" --jobs 12 --with thread && {
	holds "workers: four threads of one process" "$tmp/json" '
		len(ts("worker-")) == 4 and
		all(x["tgid"] == t("workers")["tid"] for x in ts("worker-"))'
	holds "workers: idle ones wait for the queue" "$tmp/json" \
		'all(x["end_ns"] <= t("workers")["end_ns"] for x in ts("worker-"))'
}

the cpubound "0 4" "$workloads/cpubound" -d 1 --pace stats -t $(($(nproc) * 2)) && {
	holds "cpubound: every CPU is busy, with it mostly" "$tmp/json" '
		all(c["busy_ns"] >= 0.85 * r["duration_ns"] for c in r["cpus"]) and
		sum(c["target_ns"] for c in r["cpus"]) ==
		sum(x["run_ns"] for x in r["threads"])'
	holds "cpubound: tasks wait for a CPU, for nothing else" "$tmp/json" '
		all(x["runnable_ns"] >= 0.1 * life(x) and
		    x["run_ns"] + x["runnable_ns"] >= 0.98 * life(x) for x in ts("task-"))'
	holds "cpubound: nobody gives up a CPU, it is taken" "$tmp/json" \
		'all(x["involuntary"] > 5 * x["voluntary"] for x in ts("task-"))'
}
the iobound "0 4" "$workloads/iobound" -d 1 &&
	holds "iobound: at least 90 % of every life is sleep" "$tmp/json" \
		'all(x["sleep_ns"] >= 0.9 * (life(x) - x["unknown_ns"]) for x in ts("task-"))'
