#!/bin/sh
# tests/kernel/truth.sh - a report says what the kernel says, to the last switch
#
# tests/kernel/parked works, parks, and notes the kernel's accounts of its
# threads. The exact part has to hold in every run. Times may suffer on a busy
# host, where the kernel's clock and ours stop at different moments: two of
# three runs have to agree.
. "$(dirname "$0")/common"

parked=$build/tests/kernel/parked
child=
at_exit() { [ -z "$child" ] || kill -KILL "-$child" 2>/dev/null; }

# run MIX - leaves $tmp/table and $tmp/json
run() {
	rm -f "$tmp/table" "$tmp/json" "$tmp/t.pftrace"
	record 0 -q -o "$tmp/t.pftrace" -- "$parked" "$1" "$tmp/table" || return 1
	child=$(cat "$tmp/out")
	at_exit
	report "$tmp/t.pftrace" "$tmp/json"
}

for mix in spawn mutex pipe sleep hog yield all; do
	right=0 wrong=0 exact=
	while [ $right -lt 2 ] && [ $wrong -lt 2 ]; do
		run $mix || break
		exact="$exact$(python3 "$here/truth.py" exact "$tmp/table" "$tmp/json" 2>&1)"
		if why=$(python3 "$here/truth.py" times "$tmp/table" "$tmp/json" 2>&1); then
			right=$((right + 1))
		else
			wrong=$((wrong + 1)) last_why=$why
		fi
	done
	if [ $((right + wrong)) -eq 0 ]; then
		not_ok "$mix: it can be recorded and reported"
		continue
	fi
	if [ -z "$exact" ]; then
		ok "$mix: every switch is counted, every nanosecond has its state"
	else
		not_ok "$mix: every switch is counted, every nanosecond has its state" "$exact"
	fi
	if [ $right -eq 2 ]; then
		ok "$mix: run and runnable times are the kernel's"
	else
		not_ok "$mix: run and runnable times are the kernel's" "$last_why"
	fi
done
