#!/bin/bash
# A run that a signal ends, or that fails, leaves nothing behind: no files on
# the host, and here neither keys nor processes.
# shellcheck source=tests/conformance/lib.sh
. "$(dirname "$0")/lib.sh"

await() { # WHAT COMMAND...
    local what=$1 tries
    shift
    for ((tries = 0; tries < 300; tries++)); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    cat "$dir/out" "$dir/err" >&2
    kill -s KILL "$pid" 2>/dev/null || :
    wrong "still not: $what"
}

has_ended() {
    ! kill -0 "$pid"
}

ends_with() { # STATUS SIGNAL: sends it to the run, $pid
    local status=0
    kill -s "$2" "$pid"
    await "the end of SIG$2" has_ended
    wait "$pid" 2>/dev/null || status=$?
    [ "$status" = "$1" ] || {
        cat "$dir/out" "$dir/err" >&2
        wrong "SIG$2: exit status $status"
    }
}

leaves_nothing() {
    [ ! -e "$(cat "$dir/folder")" ] || wrong "$1: the folder is left"
}

# A host that hangs in "pki list" once; it keeps what is typed, and two of the
# files that it should remove.
mkdir "$dir/3.9" "$dir/bin"
printf '%s\n' '# Source: TAC 217320' 'cms> pki csr web CN:web.example.com' \
    'Created' 'cms> pki list' 'User' >"$dir/3.9/hang.txt"
cat >"$dir/bin/ssh" <<'END'
#!/bin/bash
socket=${2#ControlPath=}
case " $* " in
*' -M '*)
    echo "${socket%/*}" >"$PLACE/folder"
    : >"$socket"
    read -r
    ;;
*' -tt '*)
    stty -echo
    printf 'cms> '
    while read -r typed && [ "$typed" != exit ]; do
        echo "$typed" >>"$PLACE/typed"
        if [ "$typed" = 'pki list' ] && ! grep -q '^rm' "$PLACE/typed"; then
            sleep 60
        fi
        printf '%s\r\n' "$typed"
        [ "$typed" != 'pki list' ] || printf 'mmpkit-web.csr\r\n'
        printf 'cms> '
    done
    ;;
esac
END
chmod +x "$dir/bin/ssh"
export PLACE=$dir
play=(scripts/conformance play --yes --target ssh:admin@hang.test
    "$dir/3.9/hang.txt")
for signal in INT TERM HUP; do
    rm -f "$dir/typed"
    # Without job control, bash has what is in the background ignore SIGINT.
    set -m
    PATH=$dir/bin:$PATH "${play[@]}" --allow-write --timeout 60 \
        >"$dir/out" 2>"$dir/err" </dev/null &
    pid=$!
    set +m
    await 'pki list' grep -qx 'pki list' "$dir/typed"
    ends_with $((128 + $(kill -l $signal))) $signal
    leaves_nothing "SIG$signal"
    equal "SIG$signal: what is typed" "$(cat "$dir/typed")" \
"pki csr mmpkit-web CN:web.example.com
pki list
rm mmpkit-web.csr
rm mmpkit-web.key
pki list"
    equal "SIG$signal: what is left" "$(grep left "$dir/err")" \
        'scripts/conformance: left on the host: mmpkit-web.csr'
done
# While it asks; without the script, it notices.
mkfifo "$dir/nobody"
for signal in INT KILL; do
    set -m
    PATH=$dir/bin:$PATH scripts/conformance play "${play[@]:3}" \
        >"$dir/out" 2>"$dir/err" <>"$dir/nobody" &
    pid=$!
    set +m
    await 'a question' grep -q 'Go on' "$dir/err"
    ends_with $((128 + $(kill -l $signal))) $signal
    await 'no folder' test ! -e "$(cat "$dir/folder")"
done
# The same when the host can not be made as new.
PATH=$dir/bin:$PATH conformance 2 "${play[@]:1}" --reset 'exit 7'
leaves_nothing --reset

# Our own program, while a service runs.
cat >"$dir/program" <<'END'
#!/bin/bash
[ "${1-}" != -d ] || echo "${2%/state}" >"$PLACE/folder"
exec "$MMP_REAL" "$@"
END
chmod +x "$dir/program"
export MMP_REAL=$MMP_PROGRAM
rm "$dir/folder"
set -m
scripts/conformance play --program "$dir/program" --set services \
    >"$dir/out" 2>"$dir/err" </dev/null &
pid=$!
set +m
await 'a session' grep -q . "$dir/folder"
folder=$(cat "$dir/folder")
await 'a supervisor' test -S "$folder/state/private/supervisor"
ends_with 143 TERM
leaves_nothing SIGTERM
# The supervisor has answered the shutdown; it may still be on its way out.
none_runs() {
    ! grep -sqF "$folder" /proc/[0-9]*/cmdline
}
await 'no process' none_runs
