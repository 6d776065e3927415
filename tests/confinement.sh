#!/bin/bash
# Hostile code (tests/breakout.c) runs in the programs, each started as it is
# every day.  It tries to get out of their state directory, and must fail.  In a
# program without walls the same code must succeed, or nothing would be proved.
#
# usage: tests/confinement.sh build-directory
set -uo pipefail
build=$(readlink -f "${1:?build directory}")
mmp=$build/bin/mmp
scratch=$(mktemp -d /tmp/mmp-test-XXXXXX)
started=()
trap '"$mmp" -d "$scratch/state" -c shutdown <<<Y >/dev/null 2>&1
    [ "${#started[@]}" = 0 ] || kill "${started[@]}" 2>/dev/null
    rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
unset MMP_STATE MMP_CONFIG SSH_ORIGINAL_COMMAND
export HOME=$scratch
export ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0
export BREAKOUT=$scratch/report BREAKOUT_KEY=$scratch/state/files/a.key
export BREAKOUT_BEYOND=$scratch/beyond
failures=0 tries=0
: >report
echo text >beyond

wrong() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

await() { # WHAT PATTERN: a line of the report; its first word into pid
    local i
    for ((i = 0; i < 300; i++)); do
        pid=$(grep -m1 -E "$2" report | cut -d' ' -f1)
        [ -n "$pid" ] && return
        sleep 0.1
    done
    echo "FAILED: $1: no line like $2 in the report:"
    cat report
    exit 1
}

preload=(env LD_PRELOAD="$build/lib/breakout.so")

# Has the process try: it must be able to do what is named here, and no more.
attempt() { # WHAT PID COULD...
    local what=$1 at=$2 try expected
    shift 2
    kill -USR1 "$at"
    await "$what" "^$at done"
    while read -r try; do
        tries=$((tries + 1))
        expected=$(printf '%s\n' "$@" | grep -cxE "all|$try")
        if grep -q "^$at could $try$" report; then
            [ "$expected" = 1 ] || wrong "$what: it could $try"
        else
            [ "$expected" = 0 ] || wrong "$what: it could not $try"
        fi
    done < <(sed -n "s/^$at could \(not \)\?//p" report | grep -vF "$impossible")
}

# Somebody listens.
exec {listener}< <(exec /usr/bin/python3 -c '
import socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(64)
print(s.getsockname()[1], flush=True)
while True:
    s.accept()[0].close()' 2>/dev/null)
started+=("$!")
read -r BREAKOUT_PORT <&"$listener"
export BREAKOUT_PORT

"$mmp" -e -d state -c 'pki selfsigned a CN:a.example.com' >/dev/null || exit 1

# Keys are their owner's.
mode=$(stat -c %a state/files/a.key)
[ "$mode" = 600 ] || wrong "the mode of a key is $mode"

# Only root reads that file anyhow.
impossible=/nothing
[ "$(id -u)" = 0 ] || impossible='read /etc/shadow'
unshare -U true 2>/dev/null || impossible+=$'\nmake a namespace'

# Until it has been asleep for half a second: it waits for us.
rest() { # PID
    local i state asleep=0
    for ((i = 0; i < 600 && asleep < 10; i++)); do
        read -r _ _ state _ <"/proc/$1/stat"
        [ "$state" = S ] && asleep=$((asleep + 1)) || asleep=0
        sleep 0.05
    done
}

# A process whose standard input stays open.
mkfifo input
exec 9<>input
begin() { # NAME COMMAND...: its number into pid
    local name=$1
    shift
    : >report
    "${preload[@]}" "$@" <input >output 2>&1 &
    started+=("$!")
    await "$name" "begun $name\$"
}

begin cat cat
attempt 'no walls' "$pid" all
kill "$pid"

# Both walls, and since when Landlock keeps signals in.
version=$(/usr/bin/python3 -c '
import ctypes
print(ctypes.CDLL(None).syscall(444, None, 0, 1))')
if [ "$version" -lt 1 ] ||
    [ ! -e /proc/sys/kernel/seccomp/actions_avail ]; then
    echo 'skipped: this kernel has no Landlock, or no seccomp filters'
    exit 77
fi
[ "$version" -ge 6 ] || impossible+=$'\nsend a signal'

# The console, which waits for a command, and for the answer to one.
begin mmp "$mmp" -d state
rest "$pid"
attempt 'the shell' "$pid" 'read a key'
echo 'webadmin listen a 18443' >input # it goes on
echo 'exit' >input
wait "${started[-1]}" || wrong 'the shell has not gone on'
grep -q '' output || wrong 'the shell is silent'

begin mmp "$mmp" -d state -c 'user add eve admin'
rest "$pid"
attempt 'a command' "$pid" 'read a key'
kill "$pid"

# A short one, while nobody takes its answer.  It has no filter.
mkfifo answer
exec 8<>answer
head -c 65536 /dev/zero >&8
: >report
"${preload[@]}" "$mmp" -d state -c 'pki list' >&8 2>&1 &
started+=("$!")
await mmp 'begun mmp$'
rest "$pid"
attempt 'a short command' "$pid" 'read a key' 'make a namespace'
# It ends of no other signal before it has answered, which nobody takes; or the
# one above has broken off its answer.
kill -KILL "$pid" 2>/dev/null

begin mmp env SSH_ORIGINAL_COMMAND=mmp-sftp "$mmp" -d state
rest "$pid"
attempt 'SFTP' "$pid" 'read a key'
kill "$pid"

# A listener, in the service of a supervisor.
cat >mmp.cfg <<END
interfaces = { a = "127.0.0.1"; };
END
port=$(/usr/bin/python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
: >report
for command in "webadmin listen a $port" 'webadmin certs a.key a.crt' \
    'webadmin enable'; do
    "${preload[@]}" "$mmp" -e -f mmp.cfg -d state -c "$command" >output 2>&1 ||
        wrong "$command: $(cat output)"
done
await 'the endpoint' 'begun mmp-endpoint$'
attempt 'the endpoint' "$pid"
timeout 10 openssl s_client -connect "127.0.0.1:$port" </dev/null 2>/dev/null |
    grep -q 'CN = a.example.com' || wrong 'the endpoint has not gone on'

echo "$tries attempts, $failures failures"
[ "$failures" = 0 ]
