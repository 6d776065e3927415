#!/bin/bash
# Memory runs out: in each command one allocation after the other fails, one in
# each run.  The command must end as documented (with a reason, or an abort, see
# pki/xalloc.h), must leave all files old or all new, and must not leak memory.
#
# usage: tests/memory.sh build-directory [--whole [SLICE/SLICES [PATTERN]]]
#   --whole  each allocation; by default about ten of each command, or thirty of
#            a short one
#   2/3      each third of them, from the second on
#   PATTERN  only those of commands that match it
#
# In the program with the sanitizers, which shows leaks, OpenSSL's allocations
# fail; in the one at build/, all of libc's.
set -uo pipefail
source=$(readlink -f "${0%/*}/..")
build=$(readlink -f "${1:?build directory}")
points_each=10 slice=1 slices=1 pattern=${4-}
if [ "${2-}" = --whole ]; then
    points_each=1000000
    [[ ${3-} =~ ^([0-9]+)/([0-9]+)$ ]] &&
        slice=${BASH_REMATCH[1]} slices=${BASH_REMATCH[2]}
fi
plain=$source/build/bin/mmp
scratch=$(mktemp -d /dev/shm/mmp-test-XXXXXX 2>/dev/null ||
    mktemp -d /tmp/mmp-test-XXXXXX)
supervisor=
# A child that is killed before it becomes another program comes here, too.
leave() {
    [ $BASHPID = $$ ] || return
    kill $supervisor 2>/dev/null
    rm -rf "$scratch"
}
trap leave EXIT
cd "$scratch" || exit 1
unset MMP_STATE MMP_CONFIG SSH_ORIGINAL_COMMAND
export HOME=$scratch
ulimit -c 0
# OpenSSL 3.0 locks what it could not make, and frees what is a part of a
# certificate; what it loses is forgiven in tests/memory.c.
forgiven='CRYPTO_THREAD_read_lock|ASN1_item_sign_ctx'
sanitizer=verify_asan_link_order=0
export ASAN_OPTIONS=$sanitizer
export LSAN_OPTIONS=print_suppressions=0
failures=0 points=0 aborts=0

wrong() {
    echo "FAILED: $where: $*"
    failures=$((failures + 1))
}

# A password's hash is another one each time, and always as long.
mask() { # STATE
    sed -i -E ':again; s/(hash = "x*)[^x"]/\1x/; t again' "$1/private/users"
}

# The supervisor has all the memory that it wants: the console is tried.
supervise() { # STATE
    rm -f "$1/private/supervisor" # of the one before
    "$plain" --supervise -r 3.9 -f config -d "$1" >served 2>&1 </dev/null &
    supervisor=$!
    for ((tries = 0; tries < 500; tries++)); do
        [ -S "$1/private/supervisor" ] && return
        sleep 0.01
    done
    wrong "no supervisor: $(cat served)"
}

end_supervisor() {
    kill "$supervisor" && wait "$supervisor"
    supervisor=
}

# What a row wants to be there before.
prepare() {
    cp -a old unprepared
    supervise old
    "$plain" -e -q -r 3.9 -f config -d old >prepared 2>&1 <<<"${given//; /$'\n'}" ||
        wrong "before: $(cat prepared)"
    end_supervisor
}

# What leaves all as it was needs no other state for the next attempt.
try() { # LIBRARY NTH
    if $changed; then
        rm -rf state
        cp -a old state
        changed=false
    fi
    : >count
    [ -z "$given" ] || supervise state
    { # the shell tells here of each abort
        MEMORY_COUNT=$PWD/count MEMORY_FAILS=$2 LD_PRELOAD=$build/lib/$1.so \
            timeout 60 "$mmp" -e -r 3.9 -f config -d state -c "$command" \
            >out 2>err <answer
        status=$?
        [ -z "$supervisor" ] || end_supervisor
    } 2>deaths
    [ "$2" != 0 ] || cp out answers
    case $command in
    mmp-sftp) # goes on after a refusal, which only its answers tell
        [ $status != 0 ] || cmp -s out answers || status=1
        ;;
    user*) mask state ;;
    esac
}

# By its status; or by all that it says at the end, whatever ended it then.
done_it() {
    [ $status = 0 ] || { [ -s out ] && cmp -s out answers; }
}

# Who allocated what is lost, by name, takes ten times as long to find out.
run() { # LIBRARY NTH
    try "$@"
    if [ ! -s err ] || ! grep -q Sanitizer err; then
        return
    fi
    changed=true
    ASAN_OPTIONS=$sanitizer:fast_unwind_on_malloc=0 try "$@"
}

# To be disabled again is to be as before.
differ() {
    diff -r -x audit -x log -x supervisor -I '^  enabled = "disable";$' \
        -I '^  time = "[0-9]*";$' "$@"
}

# Of the files, without what is noted of each attempt.
same() {
    diff -rq -x audit -x log "$@" >diffs
}

ask() {
    timeout 60 "$looker" -e -r 3.9 -f config -d state -c "$asks" \
        >said 2>&1 </dev/null ||
        wrong "then: $(cat said)"
}

# The files are those of old, or of the same command without a fault, which
# they must be if it says that it is done; or one that makes others each time
# has made a pair.  Files that were asked of before are not asked of again.
look() {
    left=(state/*/.[!.]*)
    [ ! -e "${left[0]}" ] || wrong "left: ${left[*]}"
    if [ -z "$given" ] && same old state; then
        $asked_old || ask
        asked_old=true
        if ! $makes_others && $makes_changes && done_it; then
            wrong 'it says that it is done, and nothing is'
        fi
        return
    fi
    changed=true
    if [ -z "$given" ] && ! $makes_others && same new state; then
        $asked_new || ask
        asked_new=true
        return
    fi
    ask
    if ! $makes_others && ! differ new state >diffs; then
        if done_it; then
            wrong "it says that it is done: $(cat diffs)"
        elif ! differ old state >>diffs; then
            wrong "neither old nor new: $(cat diffs)"
        fi
    fi
}

each() { # LIBRARY
    local total nth step changed=true makes_changes=false
    local asked_old=false asked_new=false
    run "$1" 0
    [ $status = 0 ] || wrong "it fails: $(cat out err)"
    rm -rf new
    cp -a state new
    changed=true
    differ old new >diffs || makes_changes=true
    total=$(od -An -tu8 count | tr -d ' ')
    [ "$total" -gt 100 ] || wrong "only $total allocations are seen"
    # What is short is short of memory where it reads and writes settings.
    step=$(((total + points_each - 1) / points_each))
    [ "$total" -gt 1000 ] || step=$(((step + 2) / 3))
    for ((nth = slice + step / 2; nth <= total; nth += step * slices)); do
        where="$name, $1 $nth of $total"
        # What is noted of the attempts must not grow for long.
        ((points % 64)) || changed=true
        run "$1" $nth
        points=$((points + 1))
        case $status in
        0 | 1 | 2) ;; # it could do without, or says why not
        134) aborts=$((aborts + 1)) ;;
        139) # where a library is known for it, see tests/memory.c
            grep -q '^crash of a library$' err || wrong "it crashes: $(cat err)"
            ;;
        127) ;; # the loader could not
        *) wrong "it ends with $status: $(cat out err)" ;;
        esac
        if [ -s err ] && grep -q 'Sanitizer' err &&
            ! grep -qE "$forgiven" err; then
            wrong "$(cat err)"
        fi
        look
    done
}

looker=$plain
if [ ! -x "$plain" ]; then
    echo "memory.sh: libc's allocations are left out: no build/bin/mmp"
    looker=$build/bin/mmp
fi
# An address of our own: what is enabled listens.
address=127.$((1 + $$ / 62500 % 250)).$((1 + $$ / 250 % 250)).$((1 + $$ % 250))
echo "interfaces = { a = \"$address\"; };" >config
"$build/bin/mmp" -q -r 3.9 -d old >out <<'END'
pki selfsigned ca
pki csr a CN:a
pki sign a ca
hostname first
backup snapshot one
user add joe crypto
joe's password
joe's password
END
cp "$source/testdata/pki/encrypted.key" old/files/e.key
cp "$source/testdata/pki/bundle.crt" "$source/testdata/pki/leaf.crt" old/files
cp "$source/testdata/pki/leaf.p12" old/files/admin.pub
cp "$source"/testdata/pki/{dbuser.{key,crt},dbca.crt} old/files
mask old

while IFS='|' read -r crypto makes_others command typed asks given; do
    case $crypto in '#'*) continue ;; esac
    [[ $command =~ $pattern ]] || continue
    if [ -n "$given" ]; then
        [ -x "$plain" ] || continue
        prepare
    fi
    name=$command where=$command
    if [ "$command" = mmp-sftp ]; then
        name="sftp: $typed"
        # shellcheck disable=SC2086 # words are meant
        /usr/bin/python3 -B "$source/tests/packets.py" $typed >answer
    else
        # shellcheck disable=SC2059 # it has line ends
        printf "$typed\n" >answer
    fi
    if [ -x "$plain" ]; then
        mmp=$plain
        each memory
    fi
    if $crypto; then
        mmp=$build/bin/mmp
        each memory-openssl
    fi
    if [ -n "$given" ]; then
        rm -rf old
        mv unprepared old
    fi
done <<'END'
# crypto?|others each time?|command|what is typed for it|what is asked then|
# what is done before, for that which asks a supervisor
true|true|pki csr a CN:new||pki match a.key a.csr
true|true|pki selfsigned ca CN:new||pki match ca.key ca.crt
true|true|pki sign a ca||pki match a.key a.crt
true|false|pki unlock e.key|secret|ls
true|false|pki pkcs12-to-ssh admin|secret|ls
true|false|pki inspect bundle.crt||ls
true|false|pki match a.key a.crt||ls
true|false|pki verify a.crt ca.crt||ls
false|false|pki list||ls
false|false|rm leaf.crt||ls
false|false|hostname renamed||ls
false|false|webadmin certs a.key a.crt ca.crt||ls
false|false|webadmin listen a 4433||ls
false|false|webadmin||ls
true|true|backup snapshot two||ls
true|true|backup rollback one|Y|ls
true|false|database cluster certs dbuser.key dbuser.crt dbca.crt||ls
false|false|user add jane audit|new\nnew|user list
false|false|user del joe||user list
false|false|mmp-sftp|put leaf.crt 70000|ls
false|false|mmp-sftp|rename leaf.crt other.crt|ls
false|false|mmp-sftp|replace leaf.crt ca.crt|ls
true|false|webadmin enable||webadmin|webadmin certs a.key a.crt ca.crt; webadmin listen a 4433
false|false|webadmin restart||webadmin|webadmin certs a.key a.crt ca.crt; webadmin listen a 4433; webadmin enable
false|false|webadmin disable||webadmin|webadmin certs a.key a.crt ca.crt; webadmin listen a 4433; webadmin enable
END
# A test of the test: who ends as if all were done is found.
if [ -x "$plain" ]; then
    before=$failures of="$points $aborts" points_each=10 slice=1 slices=1
    command='hostname renamed' makes_others=false asks=ls mmp=$plain
    name=$command
    given='' MEMORY_PLANTED=yes each memory >planted
    read -r points aborts <<<"$of"
    if [ "$failures" = "$before" ]; then
        echo 'FAILED: a planted fault was not found'
        failures=$((failures + 1))
    else
        failures=$before
    fi
fi
echo "memory.sh: $points allocations failed, $aborts aborts, $failures failures"
[ $failures = 0 ]
