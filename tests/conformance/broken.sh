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
    wrong "still not: $what"
}

ends_with() { # STATUS SIGNAL: sends it to the run, $pid
    local status=0
    kill -s "$2" "$pid"
    wait "$pid" || status=$?
    [ "$status" = "$1" ] || {
        cat "$dir/out" "$dir/err" >&2
        wrong "SIG$2: exit status $status"
    }
    [ ! -e "$(cat "$dir/folder")" ] || wrong "SIG$2: the folder is left"
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
    equal "SIG$signal: what is typed" "$(cat "$dir/typed")" \
"pki csr mmpkit-web CN:web.example.com
pki list
rm mmpkit-web.csr
rm mmpkit-web.key
pki list"
    equal "SIG$signal: what is left" "$(grep left "$dir/err")" \
        'scripts/conformance: left on the host: mmpkit-web.csr'
done
# The same when the host can not be made as new.
PATH=$dir/bin:$PATH conformance 2 "${play[@]:1}" --reset 'exit 7'
[ ! -e "$(cat "$dir/folder")" ] || wrong '--reset: the folder is left'

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
if grep -slF "$folder" /proc/[0-9]*/cmdline >&2; then
    wrong 'a process runs on'
fi
