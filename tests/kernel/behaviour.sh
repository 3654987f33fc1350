#!/bin/sh
# tests/kernel/behaviour.sh - record is a good guest: statuses, signals, files
. "$(dirname "$0")/common"

mkdir "$tmp/work" "$tmp/t"
cd "$tmp/work" || exit 1
# A copy under its own name, so that what is left behind can be found.
cp "$mtviz" "$tmp/mtviz-guest" && mtviz=$tmp/mtviz-guest
chmod 755 "$mtviz" && chmod 711 "$tmp"
export TMPDIR="$tmp/t"
shm_before=$(ls /dev/shm 2>/dev/null) bpffs_before=$(ls /sys/fs/bpf 2>/dev/null)
f=$tmp/work/f.pftrace

# ends NAME STATUS COMMAND... - under record, quietly
ends() {
	name=$1 want=$2
	shift 2
	timeout -k 5 60 "$mtviz" record -q -o "$f" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	[ $got -eq "$want" ] && ok "$name" ||
		not_ok "$name" "exit status $got instead of $want" "$(tail -n 4 "$tmp/err")"
}

# says NAME PATTERN - one line that begins with "mtviz: " on stderr
says() {
	grep -qE -e "^mtviz: .*($2)" "$tmp/err" && ok "$1" || not_ok "$1" "$(cat "$tmp/err")"
}

# ---- exit statuses ----
ends "the command's exit status" 7 -- sh -c 'exit 7'
ends "a command killed by a signal: 128 + 9" 137 -- sh -c 'kill -9 $$'
ends "and 128 + 15" 143 -- sh -c 'kill -TERM $$'
ends "a command that ends at once" 0 -- true
report "$f" "$tmp/json" && holds "is seen whole" "$tmp/json" '
	len(r["threads"]) == 1 and t("true")["exit_code"] == 0 and not r["lost"] and
	r["command"] == ["true"] and t("true")["run_ns"] > 0'
ends "options after the command are the command's" 0 sh -c 'test "$1" = -o' sh -o
rm -f "$f"
ends "a command that does not exist" 127 -- "$tmp/no such command"
says "says so" "no such command: not found"
ends "a command that is not in PATH" 127 -- mtviz-has-no-such-command
echo 'no program' >"$tmp/plain"
ends "a file that is not executable" 126 -- "$tmp/plain"
says "says so" "plain: Permission denied"
ends "a directory" 126 -- "$tmp"
ends "an empty name" 127 -- ''
ends "an unknown option" 125 --nonsense -- true
ends "no command" 125
[ -e "$f" ] && not_ok "none of these leaves a file" || ok "none of these leaves a file"
printf 'precious' >"$f"
ends "a command that does not exist" 127 -- "$tmp/none"
is "leaves an older recording alone" precious "$(cat "$f")"
rm -f "$f"
timeout 20 "$mtviz" record -q -o "$tmp/no/dir/f" -- true >/dev/null 2>"$tmp/err"
is "a directory that does not exist" 125 $?
says "says so" "No such file"
for later in export query diff lecture; do
	timeout 20 "$mtviz" $later >"$tmp/out" 2>"$tmp/err"
	is "$later is not in this version" 125 $?
done
says "says so" "not in this version"
timeout 20 "$mtviz" record --help >"$tmp/out" 2>"$tmp/err"
is "--help" 0 $?
if setpriv --reuid 65534 --regid 65534 --clear-groups sh -c 'cd / && exec "$0" "$@"' \
	"$mtviz" record -q -o /dev/null -- true >"$tmp/out" 2>"$tmp/err"; then
	not_ok "without privileges it ends with 125"
else
	grep -q '^  hint: .*sudo' "$tmp/err" && ok "without privileges it says what to do" ||
		not_ok "without privileges it says what to do" "$(cat "$tmp/err")"
fi

# ---- the command's own business ----
is "stdin and stdout are untouched" "HELLO" \
	"$(echo hello | "$mtviz" record -q -o "$f" -- tr a-z A-Z 2>"$tmp/err")"
is "stderr too" "oops" "$("$mtviz" record -q -o "$f" -- sh -c 'echo oops >&2' 2>&1 >/dev/null)"
"$mtviz" record -o "$f" -- echo hello >"$tmp/out" 2>"$tmp/err"
is "our own lines go to stderr" "hello" "$(cat "$tmp/out")"
grep -q . "$tmp/err" && ok "a summary is among them" || not_ok "a summary is among them"
ends "a command that floods its output" 0 -- sh -c 'yes | head -c 50000000'
is "arrives whole" 50000000 "$(stat -c %s "$tmp/out")"
"$mtviz" record -q -o "$f" -- yes 2>"$tmp/err" | head -n 1 >/dev/null
report "$f" "$tmp/json" && holds "a closed pipe ends the command by SIGPIPE" "$tmp/json" \
	't("yes")["exit_signal"] == 13'
is "no descriptor of ours is open in the command" "$(ls /proc/self/fd </dev/null 2>"$tmp/err")" \
	"$("$mtviz" record -q -o "$f" -- ls /proc/self/fd </dev/null 2>"$tmp/err")"
is "its signal mask and ignored signals are as ours were" \
	"$(sh -c 'grep -E "SigBlk|SigIgn" /proc/self/status' </dev/null)" \
	"$("$mtviz" record -q -o "$f" -- sh -c 'grep -E "SigBlk|SigIgn" /proc/self/status' 2>"$tmp/err")"

# ---- signals ----
"$mtviz" record -q -o "$f" -- sh -c 'trap "" TERM; sleep 1; exit 5' >"$tmp/out" 2>"$tmp/err" &
recorder=$!
sleep 0.5
kill -TERM $recorder
wait $recorder
is "SIGTERM to mtviz, a command that ignores it" 5 $?
report "$f" "$tmp/json" && holds "its file is finished" "$tmp/json" 'r["cut"] is False'
"$mtviz" record -q -o "$f" -- sleep 30 >"$tmp/out" 2>"$tmp/err" &
recorder=$!
sleep 0.7
kill -TERM $recorder
wait $recorder
is "SIGTERM is passed on" 143 $?
report "$f" "$tmp/json" && holds "the file says what killed it" "$tmp/json" \
	'r["cut"] is False and t("sleep")["exit_signal"] == 15'
"$mtviz" record -q -o "$f" -- sh -c 'sleep 1; exit 3' >"$tmp/out" 2>"$tmp/err" &
recorder=$!
sleep 0.5
kill -INT $recorder
wait $recorder
is "SIGINT is left to the command" 3 $?
# As a terminal does it: to the whole group, with no shell that ignores it.
python3 - "$mtviz" "$f" >"$tmp/out" 2>"$tmp/err" <<'PY'
import os, signal, subprocess, sys, time
p = subprocess.Popen([sys.argv[1], "record", "-q", "-o", sys.argv[2], "--", "sleep", "30"],
                     start_new_session=True,
                     preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
time.sleep(0.8)
os.killpg(p.pid, signal.SIGINT)
sys.exit(p.wait(20))
PY
is "Ctrl-C ends the command: 128 + 2" 130 $?
report "$f" "$tmp/json" && holds "and its file is finished" "$tmp/json" 'r["cut"] is False'
"$mtviz" record -q -o "$f" -a >"$tmp/out" 2>"$tmp/err" &
recorder=$!
sleep 1
kill -INT $recorder
wait $recorder
is "SIGINT ends record -a well" 0 $?
report "$f" "$tmp/json" && holds "and its file is finished" "$tmp/json" 'r["cut"] is False'

# ---- many processes, survivors ----
cat >"$tmp/forks" <<'SH'
f() { [ "$1" -gt 0 ] || return 0; f $(($1 - 1)) & f $(($1 - 1)) & wait; }
f 8
SH
ends "a command that forks 510 times" 0 -- sh "$tmp/forks"
report "$f" "$tmp/json" && holds "all are there, below their parents" "$tmp/json" '
	len(r["threads"]) == 511 and not r["lost"] and
	len([x for x in r["threads"] if x["ppid"] not in [y["tgid"] for y in r["threads"]]]) == 1'
timeout 60 "$mtviz" record -o "$f" -- sh -c 'sleep 3 & exit 0' >"$tmp/out" 2>"$tmp/err" </dev/null
is "a command that leaves a child behind" 0 $?
report "$f" "$tmp/json" && holds "does not keep mtviz" "$tmp/json" \
	'r["duration_ns"] < 2.5e9 and t("sleep")["exit_code"] is None'
timeout 60 "$mtviz" record -q --wait -o "$f" -- sh -c 'sleep 1 & exit 0' >"$tmp/out" 2>"$tmp/err" </dev/null
report "$f" "$tmp/json" && holds "--wait waits for it" "$tmp/json" 't("sleep")["exit_code"] == 0'

# ---- a full disk ----
mkdir "$tmp/small"
if mount -t tmpfs -o size=60k none "$tmp/small" 2>"$tmp/err"; then
	at_exit() { umount "$tmp/small" 2>/dev/null; }
	timeout 60 "$mtviz" record -q -o "$tmp/small/f" -- "$workloads/bank" --pace stats \
		--hold 100 --think 60 -d 4 >"$tmp/out" 2>"$tmp/err"
	is "a full disk: exit status 125" 125 $?
	says "says so" "No space left"
	grep -q '^shown' "$tmp/out" && ok "the command runs on to its end" ||
		not_ok "the command runs on to its end" "$(cat "$tmp/out")"
	report "$tmp/small/f" "$tmp/json" && holds "what fitted is there, and says it was cut" \
		"$tmp/json" 'r["cut"] is True and r["events"] > 100'
	umount "$tmp/small"
	at_exit() { :; }
else
	echo "skip: cannot mount a small tmpfs: $(cat "$tmp/err")"
fi

# ---- under sudo: the invoking user's command, files and name ----
user=nobody uid=$(id -u nobody) gid=$(id -g nobody)
home=$(getent passwd nobody | cut -d: -f6)
mkdir "$tmp/theirs"
chown "$user" "$tmp/theirs"
sudo_record() {
	SUDO_UID=$uid SUDO_GID=$gid SUDO_USER=$user SUDO_COMMAND=x timeout 60 \
		"$mtviz" record -q -o "$@" >"$tmp/out" 2>"$tmp/err"
}
sudo_record "$tmp/theirs/f" -- sh -c 'id -u; id -g; id -G; echo "$HOME $USER $LOGNAME"; env | grep -c ^SUDO_'
is "under sudo the command is the user's" "$uid $gid $gid $home $user $user 0" \
	"$(tr '\n' ' ' <"$tmp/out" | sed 's/ $//')"
is "and so is the file, for them alone" "$uid $gid 600" "$(stat -c '%u %g %a' "$tmp/theirs/f")"
report "$tmp/theirs/f" "$tmp/json" && holds "which is complete" "$tmp/json" \
	'not r["lost"] and not r["cut"] and r["threads"]'
sudo_record "$tmp/theirs/b" -- "$workloads/deadlock" -d 1 --pace stats
report "$tmp/theirs/b" "$tmp/json" && holds "names and findings need no root" "$tmp/json" \
	'sorted(locks_of(f("deadlock")[0])) == ["left", "right"]'
SUDO_UID=$uid SUDO_GID=$gid SUDO_USER=$user "$mtviz" record -q --as-root -o "$tmp/work/r" -- id -u \
	>"$tmp/out" 2>"$tmp/err"
is "--as-root keeps root" 0 "$(cat "$tmp/out")"
echo precious >"$tmp/precious"
ln -s "$tmp/precious" "$tmp/theirs/link"
sudo_record "$tmp/theirs/link" -- true
is "a planted link is not followed" 125 $?
is "and what it points to is untouched" precious "$(cat "$tmp/precious")"
sudo_record "$tmp/work/f2" -- true
is "root's directory is not the user's" 125 $?

# ---- nothing stays ----
sleep 3.2 # the survivor of above
is "no process of ours is left" "" "$(pgrep -a -f "^$tmp/" | head -n 5)"
is "no zombie is left" "" "$(ps -e -o stat=,ppid=,comm= | grep '^Z.*mtviz')"
is "no temporary file is left" "" "$(ls -A "$tmp/t")"
is "no shared memory is left" "$shm_before" "$(ls /dev/shm 2>/dev/null)"
is "nothing is pinned in the kernel" "$bpffs_before" "$(ls /sys/fs/bpf 2>/dev/null)"
is "no file but what was asked for" "f.pftrace r" "$(ls -A "$tmp/work" | tr '\n' ' ' | sed 's/ $//')"
