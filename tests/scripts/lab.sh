#!/bin/bash
# scripts/lab removes only what it has made, and ends only its own processes.
#
# usage: tests/scripts/lab.sh PROGRAM
set -euo pipefail
MMP=$(readlink -f "${1:?which program?}")
lab=$(readlink -f "$(dirname "$0")/../../scripts/lab")
dir=$(mktemp -d /tmp/mmp-test-XXXXXX)
chmod 711 "$dir" # the service user passes through
stranger=
end() {
    [ -z "$stranger" ] || kill "$stranger" 2>/dev/null || true
    [ ! -e "$MMP_LAB/made-by-lab" ] || "$lab" down || true
    rm -rf "$dir"
}
trap end EXIT
export MMP MMP_LAB=$dir/lab
export MMP_LAB_NET=127.$(($$ / 250 % 50 + 150)).$(($$ % 250 + 1))

wrong() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

# A directory of somebody's, which even has a folder 1.
mkdir -p "$MMP_LAB/1"
echo letters >"$MMP_LAB/1/letters"
for words in down up 'shell 1' 'kill 1' 'start 1'; do
    # Words, one or two.
    # shellcheck disable=SC2086
    if "$lab" $words </dev/null >"$dir/out" 2>&1; then
        wrong "$words: no complaint about what is no lab"
    fi
    grep -q "$MMP_LAB is no lab" "$dir/out" ||
        wrong "$words: $(cat "$dir/out")"
done
[ "$(cat "$MMP_LAB/1/letters")" = letters ] || wrong 'a file is lost'

# As it was made before there was a marker; the number of its process is now
# that of another one.
rm "$MMP_LAB/1/letters"
: >"$MMP_LAB/1/mmp.cfg"
sleep 100 &
stranger=$!
echo $stranger >"$MMP_LAB/1/pid"
"$lab" down
kill -0 $stranger || wrong 'it ends strangers'
[ ! -e "$MMP_LAB" ] || wrong 'a lab without a marker stays'

# The rest needs what "up" would install.
for needed in psql patroni; do
    command -v $needed >/dev/null || exit 0
done
"$lab" up 1
"$lab" start 1
pid=$(cat "$MMP_LAB/1/pid")
if "$lab" up 1 >"$dir/out" 2>&1 || ! grep -q 'see scripts/lab down' "$dir/out"; then
    wrong "a second up: $(cat "$dir/out")"
fi
[ "$(cat "$MMP_LAB/1/pid")" = "$pid" ] || wrong 'start starts it twice'
"$lab" down
if kill -0 "$pid" 2>/dev/null && [ -s "/proc/$pid/cmdline" ]; then
    wrong 'the node runs on'
fi
[ ! -e "$MMP_LAB" ] || wrong 'down leaves something'
