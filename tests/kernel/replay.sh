#!/bin/sh
# tests/kernel/replay.sh - a recording says what the live model said
#
# Byte for byte, for anybody, without the program; and after the worst end
# it says that it was cut.
. "$(dirname "$0")/common"

chmod 755 "$tmp"
same() {
	if cmp -s "$2" "$3"; then
		ok "$1"
	else
		not_ok "$1" "$(python3 -m json.tool "$2" >"$tmp/a.txt"
			python3 -m json.tool "$3" >"$tmp/b.txt"; diff "$tmp/a.txt" "$tmp/b.txt")"
	fi
}

n=0
for command in "bank -d 1" "deadlock -d 1" "workers --jobs 12" "bank --pace stats -d 0.5" \
	"cpubound -d 0.5" "iobound --pace stats -d 0.5"; do
	n=$((n + 1))
	cp "$workloads/${command%% *}" "$tmp/" || exit 1
	# The program is found by its path in $tmp and deleted before the replay.
	timeout 60 "$mtviz" record -q -o "$tmp/$n.pftrace" --report "$tmp/$n.live.json" -- \
		"$tmp/"$command >"$tmp/out" 2>"$tmp/err"
	case $? in
	0 | 4) ;;
	*) not_ok "$command: recorded with a report" "$(cat "$tmp/err")"; continue ;;
	esac
	report "$tmp/$n.pftrace" "$tmp/$n.json" || continue
	same "$command: replay reports what the live model did" "$tmp/$n.live.json" "$tmp/$n.json"
	rm -f "$tmp/${command%% *}"
	report "$tmp/$n.pftrace" "$tmp/$n.gone.json" || continue
	same "$command: without the program too" "$tmp/$n.json" "$tmp/$n.gone.json"
done

# Another user, another place.
cp "$mtviz" "$tmp/mtviz" && cp "$tmp/1.pftrace" "$tmp/copy.pftrace" &&
	chmod 755 "$tmp/mtviz" && chmod 644 "$tmp/copy.pftrace"
if setpriv --reuid 65534 --regid 65534 --clear-groups "$tmp/mtviz" report \
	"$tmp/copy.pftrace" --json >"$tmp/nobody.json" 2>"$tmp/err"; then
	same "another user gets the same report" "$tmp/1.json" "$tmp/nobody.json"
else
	not_ok "another user gets the same report" "$(cat "$tmp/err")"
fi
timeout 20 "$mtviz" report "$tmp/1.pftrace" >"$tmp/text" 2>"$tmp/err"
is "the report as text" 0 $?
grep -q account_lock "$tmp/text" && ok "it names the lock" || not_ok "it names the lock" "$(cat "$tmp/text")"
LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" "$tmp/text" &&
	not_ok "in a pipe it has no escape sequences" || ok "in a pipe it has no escape sequences"

# kill -9 in the middle: all but the last half second is there.
"$mtviz" record -q -o "$tmp/k.pftrace" -- "$workloads/bank" -d 20 >/dev/null 2>&1 &
recorder=$!
sleep 2.5
workload=$(pgrep -P $recorder -x bank)
kill -KILL $recorder
wait $recorder 2>/dev/null
[ -z "$workload" ] || kill -KILL $workload
report "$tmp/k.pftrace" "$tmp/k.json" && {
	holds "after kill -9 the file says that it was cut" "$tmp/k.json" 'r["cut"] is True'
	holds "and has what was flushed" "$tmp/k.json" \
		'r["duration_ns"] >= 1e9 and lock("account_lock")["waits"] >= 20'
	holds "its states still fill every lifetime" "$tmp/k.json" \
		'all(total(x) == life(x) for x in r["threads"])'
}
size=$(stat -c %s "$tmp/1.pftrace")
for part in 10 50 90; do
	head -c $((size * part / 100)) "$tmp/1.pftrace" >"$tmp/cut.pftrace"
	report "$tmp/cut.pftrace" "$tmp/c.json" &&
		holds "a file cut at $part % opens and says so" "$tmp/c.json" 'r["cut"] is True'
done

# What is no recording gets one line.
printf 'not a recording\n' >"$tmp/bad1"
: >"$tmp/bad2"
head -c 100000 /dev/urandom >"$tmp/bad3"
cp /bin/true "$tmp/bad4"
mkdir "$tmp/bad5"
for bad in bad1 bad2 bad3 bad4 bad5 bad6; do
	timeout 20 "$mtviz" report "$tmp/$bad" --json >"$tmp/out" 2>"$tmp/err"
	status=$?
	if [ $status -eq 125 ] && [ ! -s "$tmp/out" ] && grep -q '^mtviz: ' "$tmp/err"; then
		ok "refused: $bad, $(head -n 1 "$tmp/err" | sed "s|$tmp/||g; s/^mtviz: //")"
	else
		not_ok "refused: $bad" "exit status $status" "$(head -c 300 "$tmp/out")" "$(cat "$tmp/err")"
	fi
done
