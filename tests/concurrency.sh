#!/bin/bash
# Sixteen shells and eight SFTP clients work on one state directory while others
# are killed in the middle of a change.  No command may fail or read half of
# what another writes, no change may be lost, and the lock must be free at the
# end.  Besides, shells that only read a pair see its writers die, while nobody
# else comes to repair what these have left.
#
# usage: tests/concurrency.sh build-directory [commands]
set -uo pipefail
source=$(readlink -f "$0")
build=$(readlink -f "${1:?build directory}")
commands=${2:-800}
shells=16 clients=8 watchers=4 deaths=$((commands / 100))
mmp=$build/bin/mmp
scratch=$(mktemp -d /tmp/mmp-test-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
unset MMP_STATE MMP_CONFIG SSH_ORIGINAL_COMMAND
export HOME=$scratch
export ASAN_OPTIONS=verify_asan_link_order=0
failures=0
disk=() # env, and how it behaves, see tests/disk.c

wrong() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# What each shell types, round by round: %s the shell, %r the round, which no
# other has.  With -e the first command that fails ends the shell, and what is
# behind the | must stand in its answer each time.
table='
dns add forwardzone z%s-%r.example.com 192.0.2.53
pki sign shared ca
pki match shared.key shared.crt|Key and certificate match
pki verify shared.crt ca.crt|Success
pki list
hostname h%s-%r
webadmin certs shared.key shared.crt ca.crt
webadmin|shared.key
pki inspect shared.crt|Subject: CN = shared
pki match moving.key moving.crt|Key and certificate match
pki inspect sent.crt|Subject: CN = 
dns
'
rows=$(grep -c . <<<"$table")
rounds=$(((commands + shells * rows - 1) / (shells * rows)))

typed() { # SHELL
    local r row
    for ((r = 1; r <= rounds; r++)); do
        row=${table//%s/$1}
        row=${row//%r/$r}
        sed '/^$/d; s/|.*//' <<<"$row"
    done
}

"$mmp" -e -q -r 3.9 -d state >out <<'END' || wrong "$(cat out)"
pki selfsigned ca
pki csr shared CN:shared
pki sign shared ca
pki selfsigned moving
webadmin certs shared.key shared.crt
END
cp state/files/shared.crt local0.crt
cp state/files/ca.crt local1.crt
cp local0.crt state/files/sent.crt

# What each client does, round by round: files of one line many times over, of
# its own and under a name that all of them take, and a certificate that the
# shells read.  Whatever stands there is of one upload.
command -v sftp >/dev/null || clients=0
transferred() { # CLIENT
    local r
    for ((r = 1; r <= rounds; r++)); do
        yes "client $1 round $r" | head -n 5000 >"local.$1.$r"
        cat <<END
put local.$1.$r own.$1
put local.$1.$r up.$1
rename up.$1 common.txt
get common.txt common.$1.$r
put local$((r % 2)).crt sent.crt
ls -1
END
    done
}

# Makes a pair anew and is killed at one of the renames of that step: behind the
# record's, the key's, the certificate's, and the one that ends the record.
perish() { # STATE PAIR RENAME
    LD_PRELOAD=$build/lib/disk.so DISK=dies DISK_AT=$3 \
        "$mmp" -e -r 3.9 -d "$1" -c "pki selfsigned $2" >"perished.$1" 2>&1
    [ $? = 137 ] && echo dead >>"deaths.$1"
} 2>/dev/null

# Until the end: a pair that is replaced over and over, each second time by who
# dies of it, and shells that are killed wherever they are.
replacing() {
    while [ ! -e over ]; do
        "$mmp" -e -r 3.9 -d state -c 'pki selfsigned moving' >>moved 2>&1 ||
            cp moved refused
        perish state moving $((RANDOM % 4 + 1))
    done
}
dying() {
    local n=0
    while [ ! -e over ]; do
        n=$((n + 1))
        timeout -s KILL "0.0$((RANDOM % 9 + 1))" "$mmp" -r 3.9 -d state -c \
            "dns add forwardzone dead$n.example.com 192.0.2.1"
        [ $? = 137 ] && echo dead >>deaths.state
        timeout -s KILL "0.0$((RANDOM % 9 + 1))" "$mmp" -r 3.9 -d state -c \
            mmp-sftp <dying.packets
        [ $? = 137 ] && echo dead >>deaths.state
    done
} >/dev/null 2>&1

# Shells that only ask whether a pair matches, behind each death of a writer of
# it.  In the pause they wait for the dead as long as they ever do
# (store_read_together()).
matches='Key and certificate match'
watching() { # NUMBER DEATHS
    local n
    for ((n = 1; n <= $2; n++)); do
        until [ -e "died.$n" ]; do sleep 0.02; done
        echo 'pki match pair.key pair.crt'
    done | "${disk[@]}" "$mmp" -e -q -r 3.9 -d still >"watched.$1" 2>&1
}
watch() { # SHELLS DEATHS
    local n
    rm -f died.* watched.*
    "$mmp" -e -q -r 3.9 -d still -c 'pki selfsigned pair' >perished.still 2>&1
    for ((n = 1; n <= $1; n++)); do
        watching $n "$2" &
    done
    for ((n = 1; n <= $2; n++)); do
        perish still pair $((n % 4 + 1))
        touch died.$n
        sleep 0.5
    done
    wait
} 2>/dev/null

/usr/bin/python3 -B "${source%/*}/packets.py" put dead.bin 500000 \
    >dying.packets
replacing &
helpers=$!
dying &
helpers+=" $!"
if [ -z "${DISK-}" ]; then
    watch $watchers $deaths &
    helpers+=" $!"
fi
pids=() movers=()
for ((s = 1; s <= shells; s++)); do
    typed $s >"typed.$s"
    timeout 1800 "$mmp" -e -q -r 3.9 -d state <"typed.$s" >"said.$s" 2>&1 &
    pids+=($!)
done
for ((c = 1; c <= clients; c++)); do
    transferred $c >"acts.$c"
    timeout 1800 sftp -q -b "acts.$c" -D "$mmp -r 3.9 -d state -c mmp-sftp" \
        >"moved.$c" 2>&1 &
    movers+=($!)
done
for ((s = 1; s <= shells; s++)); do
    wait "${pids[s - 1]}" || wrong "shell $s ends with $?: $(tail -n 3 "said.$s")"
done
for ((c = 1; c <= clients; c++)); do
    wait "${movers[c - 1]}" ||
        wrong "client $c ends with $?: $(tail -n 3 "moved.$c")"
done
touch over
# shellcheck disable=SC2086 # each
wait $helpers 2>/dev/null
[ -e refused ] && wrong "replacing: $(cat refused)"

while IFS='|' read -r _ answer; do
    [ -n "$answer" ] || continue
    for ((s = 1; s <= shells; s++)); do
        n=$(grep -cF -- "$answer" "said.$s")
        [ "$n" -ge $rounds ] || wrong "shell $s: '$answer' $n times of $rounds"
    done
done <<<"$table"

# Each file that was fetched is one that was sent, the own ones the last.
for ((c = 1; c <= clients; c++)); do
    cmp -s "local.$c.$rounds" "state/files/own.$c" ||
        wrong "client $c: another file is there than was sent last"
done
for got in common.*; do
    [ -e "$got" ] || continue
    if [ "$(sort -u "$got" | wc -l) $(wc -l <"$got")" != '1 5000' ]; then
        wrong "$got: $(sort -u "$got" | head -n 3)"
    fi
done
[ "$(find . -maxdepth 1 -name 'common.*' | wc -l)" = $((clients * rounds)) ] ||
    wrong 'not every round has fetched a file'

# No change is lost: each shell's zones are there, and the last name of one.
for ((s = 1; s <= shells; s++)); do
    n=$(grep -c "domain = \"z$s-[0-9]*\\.example\\.com\"" state/private/settings)
    [ "$n" = $rounds ] || wrong "shell $s: $n zones of $rounds"
done
grep -q "hostname = \"h[0-9]*-$rounds\"" state/private/settings ||
    wrong "another name: $(grep hostname state/private/settings)"
[ -z "$(find state -mindepth 2 -name '.*')" ] ||
    "$mmp" -r 3.9 -d state -c ls >out
[ -z "$(find state -mindepth 2 -name '.*')" ] ||
    wrong "left: $(find state -mindepth 2 -name '.*')"
flock -n state/lock true || wrong 'the lock is not free'
killed=$(wc -l 2>/dev/null <deaths.state)
[ "${killed:-0}" -gt 0 ] || wrong 'nobody was killed'
# Tests of the test: a lock that everybody gets is found, and so is who can not
# end what others have left.
if [ -z "${DISK-}" ]; then
    n=$(wc -l 2>/dev/null <deaths.still)
    [ "${n:-0}" = $deaths ] || wrong "$n deaths were watched: $(cat perished.still)"
    for ((w = 1; w <= watchers; w++)); do
        [ "$(grep -cx "$matches" "watched.$w")" = $deaths ] ||
            wrong "shell $w has seen behind $deaths deaths: $(cat "watched.$w")"
    done
    disk=(env LD_PRELOAD="$build/lib/disk.so" DISK=busy)
    watch 1 1
    grep -q 'do not match' watched.1 ||
        wrong "what a planted fault leaves was not seen: $(cat watched.1)"
    LD_PRELOAD=$build/lib/disk.so DISK=no-lock "$source" "$build" 400 \
        >planted 2>&1
    grep -q 'zones of' planted ||
        wrong "a planted fault was not found: $(cat planted)"
fi
[ $clients != 0 ] || echo 'concurrency.sh: transfers are left out: no sftp'
echo "concurrency.sh: $((rounds * rows * shells)) commands by $shells shells," \
    "$((rounds * 6 * clients)) acts by $clients clients," \
    "$killed killed, ${n:-0} watched by $watchers shells, $failures failures"
[ $failures = 0 ]
