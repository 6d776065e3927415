#!/bin/bash
# What the store promises, of the program as a whole: it is killed before every
# single call that changes the disk, and every such call fails once.  After
# each, the next command must find every file whole, old or new, those of one
# command all old or all new, and nothing left aside.
#
# Death does not lose what the kernel has; whether each fsync stands where it
# must is for pki.store.
#
# usage: tests/faults.sh build-directory
set -uo pipefail
source=$(readlink -f "${0%/*}/..")
mmp=$(readlink -f "${1:?build directory}")/bin/mmp
if ! strace -f -o /dev/null -e trace=fsync true 2>/dev/null; then
    echo 'faults.sh: skipped: strace is not here, or may not trace'
    exit 77
fi
scratch=$(mktemp -d /tmp/mmp-test-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
unset MMP_STATE MMP_CONFIG SSH_ORIGINAL_COMMAND
export HOME=$scratch
export ASAN_OPTIONS=detect_leaks=0 # LeakSanitizer can not be traced
files=state/files
failures=0 points=0

wrong() {
    echo "FAILED: $where: $*"
    failures=$((failures + 1))
}

# The next command; it must work, whatever has happened.
then_says() {
    local want=$1 got
    shift
    got=$(timeout 60 "$mmp" -r 3.9 -d state "$@" 2>&1 </dev/null)
    [[ $got == *"$want"* ]] || wrong "then '${*: -1}' says: $got"
}

# Each of these looks at what its command has left.  $1: old, new, or either.
whole_csr() {
    then_says 'Key and CSR match' -c 'pki match a.key a.csr'
    same_pair "$1" a.key a.csr
}
whole_selfsigned() {
    then_says 'Key and certificate match' -c 'pki match ca.key ca.crt'
    same_pair "$1" ca.key ca.crt
}
whole_sign() {
    then_says 'Key and certificate match' -c 'pki match a.key a.crt'
    head -n "$(wc -l <$files/a.crt)" $files/a-fullchain.crt |
        cmp -s - $files/a.crt || wrong 'another full chain than certificate'
    same_pair "$1" a.crt a-fullchain.crt
}
whole_unlock() {
    if ! cmp -s old/files/e.key $files/e.key; then
        then_says 'Key and certificate match' -c 'pki match e.key leaf.crt'
    fi
    same_pair "$1" e.key
}
whole_rm() {
    if [ -e $files/leaf.crt ]; then
        [ "$1" = new ] && wrong 'not removed'
        cmp -s old/files/leaf.crt $files/leaf.crt || wrong 'changed'
    elif [ "$1" = old ]; then
        wrong 'removed'
    fi
}
whole_hostname() {
    then_says 'up 0 days' -c uptime
    if grep -q '"renamed"' state/private/settings; then
        [ "$1" = old ] && wrong 'renamed'
    else
        [ "$1" = new ] && wrong 'not renamed'
    fi
}

# same_pair old|new|either FILE...: all are the old ones, or none is.
same_pair() {
    local want=$1 file is=
    shift
    for file; do
        if cmp -s "old/files/$file" "$files/$file"; then
            is+=old
        else
            is+=new
        fi
    done
    is=${is//oldold/old}
    is=${is//newnew/new}
    [ "$is" = "$want" ] || [ "$want$is" = eitherold ] ||
        [ "$want$is" = eithernew ] || wrong "$want is wanted, $is is there"
}

# Once with a fault.  1: it did not come to that any more.
run_with() {
    local kind=$1 call=$2 nth=$3 look=$4 status
    rm -rf state
    cp -a old state
    where="$command, $kind at $call $nth"
    { # the shell tells here of each death
        timeout 60 strace -f -qq -o trace -e trace="$call" \
            -e inject="$call:$kind:when=$nth" "$mmp" -e -r 3.9 -d state \
            -c "$command" >out 2>err <answer
        status=$?
    } 2>deaths
    if [ "$kind" = signal=KILL ]; then
        [ $status = 137 ] || return 1
    else
        grep -q INJECTED trace || return 1
    fi
    points=$((points + 1))
    grep -q Sanitizer err && wrong "$(cat err)"
    # Opening sweeps what is aside, and finishes what was decided.
    then_says '' -c ls
    [ -z "$(find state -name '.*')" ] || wrong "left: $(find state -name '.*')"
    case $status in
    0) "$look" new ;;
    1) "$look" old ;;
    137) "$look" either ;;
    *) wrong "status $status: $(cat err)" ;;
    esac
    return 0
}

# every KIND LOOK CALL...: at each of these calls of $command.
every() {
    local kind=$1 look=$2 call nth
    shift 2
    for call; do
        nth=1
        while [ $nth -lt 60 ] && run_with "$kind" "$call" $nth "$look"; do
            nth=$((nth + 1))
        done
    done
}

# What stands there before: two pairs, a locked key, a name.
echo secret >answer
"$mmp" -q -r 3.9 -d old >out <<'END'
pki selfsigned ca
pki csr a CN:a
pki sign a ca
hostname first
END
cp "$source/testdata/pki/encrypted.key" old/files/e.key
cp "$source/testdata/pki/leaf.crt" old/files

# What writes the same way as another is spared the calls that take long.
while IFS='|' read -r look command kills; do
    # shellcheck disable=SC2086 # words are meant
    every signal=KILL "$look" $kills
    every error=EIO "$look" fsync
    every error=ENOSPC "$look" renameat linkat
done <<'END'
whole_csr|pki csr a CN:new|fsync renameat linkat fchmod
whole_selfsigned|pki selfsigned ca CN:new|renameat
whole_sign|pki sign a ca|fsync renameat linkat fchmod unlinkat
whole_unlock|pki unlock e.key|fsync renameat linkat fchmod unlinkat
whole_rm|rm leaf.crt|fsync linkat unlinkat
whole_hostname|hostname renamed|fsync renameat linkat fchmod unlinkat
END

# No file may grow beyond so many KiB: neither key nor request fits.
command='pki csr a CN:new'
for size in 0 1; do
    rm -rf state
    cp -a old state
    where="$command, $size KiB a file"
    (ulimit -f $size && exec timeout 60 "$mmp" -e -d state -c "$command") \
        >out 2>err </dev/null
    status=$?
    [ $status = 1 ] || wrong "status $status: $(cat err)"
    then_says '' -c ls
    whole_csr old
    points=$((points + 1))
done

echo "faults.sh: $points faults, $failures failures"
# Fewer would mean that strace did nothing.
[ $failures = 0 ] && [ $points -gt 100 ]
