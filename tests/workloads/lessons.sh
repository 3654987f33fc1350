#!/bin/sh
# tests/workloads/lessons.sh - each workload shows what it says, on its own
#
# Runs $BUILD/workloads/* without any tracing: help, numbers, exit status. The
# last part runs them again while other programs take the CPUs; a lesson may
# then say that the machine is too busy, but never that it is wrong.
bin=${BUILD:-build}/workloads
out=$(mktemp)
hogs=
trap 'rm -f "$out"; [ -z "$hogs" ] || kill $hogs' EXIT

fail() {
	echo "not ok $1"
	shift
	printf '# %s\n' "$@"
	sed 's/^/#   /' "$out"
}

# expect NAME STATUS PATTERN COMMAND... - the exit status and a line of output;
# STATUS may be several: "0 4"
expect() {
	name=$1 want=$2 pattern=$3
	shift 3
	timeout 60 "$@" >"$out" 2>&1
	status=$?
	case " $want " in
	*" $status "*) ;;
	*) fail "$name" "exit status $status instead of $want: $*"; return ;;
	esac
	grep -qE -e "$pattern" "$out" || { fail "$name" "no line with $pattern"; return; }
	echo "ok $name"
}

# number PATTERN - the number that stands where PATTERN has its parentheses
number() {
	sed -nE "s/.*$1.*/\1/p" "$out" | head -n 1
}

# holds NAME EXPRESSION - about the output of the last expect
holds() {
	awk "BEGIN { exit !($2) }" 2>/dev/null && echo "ok $1" || fail "$1" "not so: $2"
}

for w in bank workers deadlock cpubound iobound; do
	expect "$w explains its options" 0 '--pace=PACE' "$bin/$w" --help
	expect "$w refuses an unknown option" 2 'unrecognized option' "$bin/$w" --nonsense
	expect "$w refuses a word" 2 'Too many arguments' "$bin/$w" surplus
	expect "$w refuses no threads" 2 'not a number from' "$bin/$w" -t 0
	expect "$w refuses a word as a number" 2 'not a number from' "$bin/$w" -t many
	expect "$w refuses another pace" 2 'neither story nor stats' "$bin/$w" --pace=fast
done
expect "a CPU that does not exist is refused" 2 'cannot use CPUs' "$bin/bank" --cpus 1023
expect "a duration of nothing is refused" 2 'not 0.01 to 3600' "$bin/bank" -d 0
expect "a duration that is no number is refused" 2 'not 0.01' "$bin/bank" -d nan

expect "bank loses no money and its clerks wait" 0 '^shown' "$bin/bank" -d 1
holds "bank holds one lock at a time" "$(number 'held ([0-9.]+) at a time') <= 1.0"
holds "bank's clerks wait a part of their time" "$(number '; ([0-9]+) % of the clerks') >= 5"
expect "bank at full speed" 0 '^shown' "$bin/bank" --pace stats -d 0.5
expect "bank with a lock per account" 0 'per account' "$bin/bank" -d 1 --locks per-account
holds "bank then holds several at a time" "$(number 'held ([0-9.]+) at a time') > 1.0"
expect "bank says when nobody had to wait" "3 4" '^not shown' \
	"$bin/bank" -t 2 --hold 0 --think 1000 -d 0.5

expect "deadlock deadlocks" 0 '0 of 2 finished' "$bin/deadlock" -d 0.5
expect "a ring of five deadlocks" 0 'erin .* waits for left, which alice holds' \
	"$bin/deadlock" -t 5 --pace stats -d 0.3
for i in 1 2 3 4 5 6 7 8 9 10; do "$bin/deadlock" --pace stats -d 0.1 || echo never; done >"$out"
holds "deadlock deadlocks ten times of ten" "$(grep -c '0 of 2 finished' "$out") == 10"
expect "deadlock --fixed finishes" 0 '2 of 2 finished' "$bin/deadlock" --fixed
expect "a ring of six in one order finishes" 0 '6 of 6 finished' "$bin/deadlock" --fixed -t 6 -d 20

for with in process thread; do
	expect "workers do every job once, with $with" "0 4" 'is 300 and has to be 300' \
		"$bin/workers" --with $with --jobs 24
	holds "they are faster than one, with $with" \
		"$status == 4 || $(number ': ([0-9.]+) times one') > ($(nproc) > 1 ? 1.0 : 0.5)"
	expect "cpubound shares the CPUs, with $with" "0 4" 'fairness' "$bin/cpubound" --with $with -d 1
	holds "cpubound's tasks wait, with $with" \
		"$(number 'each waited ([0-9]+) %') >= ($(nproc) < 4 ? 10 : 0)"
done
expect "cpubound on one CPU" 0 ' 1 CPUs' "$bin/cpubound" --cpus 0 -t 3 -d 1
holds "three tasks on one CPU wait most of the time" "$(number 'each waited ([0-9]+) %') >= 50"

expect "iobound sleeps" 0 '^shown' "$bin/iobound" -d 1
holds "iobound sleeps 90 % at least" "$(number 'slept ([0-9.]+) %') >= 90"
holds "iobound hardly uses a CPU" "$(number 'CPU use ([0-9.]+) %') <= 40"
expect "iobound says when its tasks do not wait" "3 4" '^not shown' \
	"$bin/iobound" --wait 1 --work 1000 -t 2 -d 0.5

# Others take the CPUs.
for i in $(seq "$(nproc)"); do
	sh -c 'while :; do :; done' &
	hogs="$hogs $!"
done
expect "bank on a busy machine" 0 '^shown' "$bin/bank" -d 1
expect "deadlock on a busy machine" 0 '0 of 3 finished' "$bin/deadlock" -t 3
expect "deadlock --fixed on a busy machine" 0 '3 of 3' "$bin/deadlock" -t 3 --fixed -d 10
expect "workers on a busy machine" "0 4" 'is 300 and has to be 300' "$bin/workers" --jobs 24
expect "cpubound on a busy machine" "0 4" 'fairness' "$bin/cpubound" -d 1
expect "iobound on a busy machine" "0 4" 'slept' "$bin/iobound" -d 1
