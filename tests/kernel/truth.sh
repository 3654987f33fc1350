#!/bin/sh
# tests/kernel/truth.sh - a report says what the kernel says, to the last switch
#
# tests/kernel/parked works, parks, and notes the kernel's accounts of its
# threads. The exact part has to hold in every run. Times are compared on one CPU
# that is kept awake by a task of the lowest class: one that sleeps in a virtual
# machine takes a wakeup 10 to 20 us late, which the kernel does not count. Two
# of three runs have to agree, for a busy host adds to it.
. "$(dirname "$0")/common"

parked=$build/tests/kernel/parked
child= awake=
at_exit() {
	[ -z "$child" ] || kill -KILL "-$child" 2>/dev/null
	[ -z "$awake" ] || kill $awake 2>/dev/null
	awake=
}
# The last CPU that we may use.
cpu=$(taskset -cp $$ | sed 's/.*[-,: ]//')
taskset -c "$cpu" chrt -i 0 sh -c 'while :; do :; done' &
awake=$!

# run MIX [COMMAND...] - leaves $tmp/table and $tmp/json
run() {
	mix=$1
	shift
	rm -f "$tmp/table" "$tmp/json" "$tmp/t.pftrace"
	record 0 -q -o "$tmp/t.pftrace" -- "$@" "$parked" "$mix" "$tmp/table" || return 1
	child=$(cat "$tmp/out")
	kill -KILL "-$child"
	report "$tmp/t.pftrace" "$tmp/json" || return 1
	exact="$exact$(python3 "$here/truth.py" exact "$tmp/table" "$tmp/json" "$tmp/t.pftrace" 2>&1)"
}

for mix in spawn mutex pipe sleep hog yield all; do
	exact=
	run $mix || continue
	if [ -z "$exact" ]; then
		ok "$mix: every switch is counted, every nanosecond has its state"
	else
		not_ok "$mix: every switch is counted, every nanosecond has its state" "$exact"
	fi
	right=0 wrong=0 exact=
	while [ $right -lt 2 ] && [ $wrong -lt 2 ]; do
		run $mix taskset -c "$cpu" || break
		if why=$(python3 "$here/truth.py" times "$tmp/table" "$tmp/json" "$tmp/t.pftrace" 2>&1); then
			right=$((right + 1))
		else
			wrong=$((wrong + 1)) last_why=$why
		fi
	done
	if [ $right -eq 2 ]; then
		ok "$mix: run and runnable times are the kernel's"
	else
		not_ok "$mix: run and runnable times are the kernel's" "$last_why"
	fi
	[ -z "$exact" ] || not_ok "$mix: every switch is counted on one CPU" "$exact"
done
