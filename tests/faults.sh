#!/bin/bash
# What the store promises, of the program as a whole: every command that changes
# something is killed at each of its system calls, and each call fails once.
# After each the next command must find every file whole, those of one command
# all old or all new, what was acknowledged there, nothing left aside; and it
# must work.
#
# Death does not lose what the kernel has; power does: scripts/soak powerloss.
#
# usage: tests/faults.sh build-directory [--whole]
#   --whole  all calls and all errors; else those that change the disk
set -uo pipefail
source=$(readlink -f "${0%/*}/..")
build=$(readlink -f "${1:?build directory}")
mmp=$build/bin/mmp
whole=false
[ "${2-}" = --whole ] && whole=true
if ! strace -o /dev/null -e trace=fsync true 2>/dev/null; then
    echo 'faults.sh: skipped: strace is not here, or may not trace'
    exit 77
fi
scratch=$(mktemp -d /tmp/mmp-test-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
unset MMP_STATE MMP_CONFIG SSH_ORIGINAL_COMMAND
export HOME=$scratch
# LeakSanitizer can not be traced; what is preloaded comes before it.
export ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0
files=state/files
failures=0 points=0 missed=0
disk=() # how it behaves, see tests/disk.c
behaves() {
    disk=(-E LD_PRELOAD="$build/lib/disk.so" -E DISK="$1")
}

wrong() {
    echo "FAILED: $where: $*"
    failures=$((failures + 1))
}

# A console over state, lists of commands, its output; bounded.
console() {
    timeout 60 "$mmp" "$@" 2>&1
}

# Each of these says whether state is old or new, or complains.  What a command
# always makes the same is compared as a whole, but for the time of a reboot and
# the record of what was typed; to be disabled again is to be as before.
is_tree() {
    local what
    for what in old new; do
        if diff -r $what/files $files >/dev/null &&
            diff -r -x supervisor -x log -x audit \
                -I '^  time = "[0-9]*";$' -I '^  enabled = "disable";$' \
                $what/private state/private >/dev/null; then
            echo $what
            return
        fi
    done
    echo torn
}
# is_pair FILE...: those of one command, which are others each time.
is_pair() {
    local file is=
    for file; do
        if cmp -s "old/files/$file" "$files/$file"; then
            is+=old
        else
            is+=new
        fi
    done
    is=${is//oldold/old}
    echo "${is//newnew/new}"
}
is_csr() {
    grep -q 'Key and CSR match' said || echo 'no pair'
    is_pair a.key a.csr
}
is_selfsigned() {
    grep -q 'Key and certificate match' said || echo 'no pair'
    is_pair ca.key ca.crt
}
is_sign() {
    head -n "$(wc -l <$files/a.crt)" $files/a-fullchain.crt |
        cmp -s - $files/a.crt || echo 'another chain than certificate'
    is_pair a.crt a-fullchain.crt
}
is_enabled() {
    is_tree
}
is_snapshot() {
    [ -e $files/two.bak ] || { echo old && return; }
    if mkdir unpacked && tar -C unpacked -xf $files/two.bak &&
        (cd unpacked && sha256sum --quiet -c SHA256SUMS); then
        echo new
    else
        echo torn
    fi
    rm -rf unpacked
}

# What a command has started, or has begun to start when it was killed.
end_services() {
    local tries pid
    [ -e state/private/supervisor ] || [ "$look" = is_enabled ] || return
    for tries in {1..100}; do
        console -d state -c shutdown >/dev/null <<<Y
        pid=$(pgrep -f -- "^mmp -d $scratch/state ") || return
        sleep 0.05 # it has only begun
    done
    # shellcheck disable=SC2086 # all of them
    kill $pid
    wrong "it does not end after $tries tries: $pid"
}

# Runs the command with strace's options; what was typed for it stands in
# answer.  Sets status.
run() {
    rm -rf state
    cp -a old state
    { # the shell tells here of each death
        timeout -k 5 60 strace -qq -o trace "${disk[@]}" "$@" \
            "$mmp" -e -r 3.9 -d state \
            -c "$command" >out 2>err <answer
        status=$?
    } 2>deaths
}

# What must hold after every run.
look() {
    local is want
    console -q -r 3.9 -d state >said <<<"$asks"
    [ -z "$(find state -mindepth 2 -name '.*')" ] ||
        wrong "left: $(find state -mindepth 2 -name '.*')"
    grep -q Sanitizer err said && wrong "$(cat err said)"
    is=$($look)
    case $status in
    0) want=new ;;
    137) # killed: when it had answered, its effect stands
        want='old or new'
        [ -s out ] && [ "$(tail -n 1 out)" = "$acknowledged" ] && want=new
        ;;
    1 | 2 | 127) # refused, could not begin, could not be loaded
        want=old
        # It could not say what it had done: that is no answer.
        grep -q '^write([12],.*INJECTED' trace && want='old or new'
        ;;
    *) want="an end, not status $status: $(cat err)" ;;
    esac
    [[ " $want " == *" $is "* ]] || wrong "$want is wanted, $is is there"
    console -e -r 3.9 -d state -c 'hostname next' >said </dev/null ||
        wrong "the next command says: $(cat said)"
    end_services
}

# One run with a fault in the nth of a call.
point() {
    local kind=$1 call=$2 nth=$3 happened=false
    where="$command, $kind at $call $nth"
    run -e trace="$call" -e inject="$call:$kind:when=$nth"
    if [ "$kind" = signal=KILL ]; then
        [ $status = 137 ] && happened=true
    else
        grep -q INJECTED trace && happened=true
    fi
    if ! $happened; then # a lock that was free, a thread that was faster
        missed=$((missed + 1))
        return
    fi
    points=$((points + 1))
    look
}

# every KIND CALL...: at each of these calls of $command, from where it begins
# with the state directory; what it says is no file.
every() {
    local kind=$1 call nth
    shift
    for call; do
        while read -r nth; do
            point "$kind" "$call" "$nth"
        done < <(awk -v call="$call" '
            /^openat\(.*"state"/ { seen = 1 }
            index($0, call "(") == 1 {
                n++
                if (seen && !/^write\([12],/)
                    print n
            }' clean)
    done
}

# What stands there before: pairs, a locked key, a name, an older backup.
port=$(/usr/bin/python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
"$mmp" -q -r 3.9 -d old >out <<SETUP
pki selfsigned ca
pki csr a CN:a
pki sign a ca
hostname first
backup snapshot one
hostname second
pki csr b CN:b
webadmin listen a $port
webadmin certs a.key a.crt
SETUP
cp "$source/testdata/pki/encrypted.key" old/files/e.key
cp "$source/testdata/pki/leaf.crt" old/files
cp "$source/testdata/pki/leaf.p12" old/files/admin.pub

changing='write fsync fchmod linkat renameat unlinkat'
while IFS='|' read -r look command typed asks; do
    case $look in '' | \#*) continue ;; esac
    printf '%s\n' "$typed" >answer
    where=$command
    # Without a fault: what it makes, what it says, and which calls it makes.
    run
    [ $status = 0 ] || wrong "it fails: $(cat out err)"
    rm -rf new
    cp -a state new
    acknowledged=$(tail -n 1 out)
    mv trace clean
    end_services
    mapfile -t called < <(awk '
        /^openat\(.*"state"/ { seen = 1 }
        seen { sub(/\(.*/, "", $1); if ($1 ~ /^[a-z_0-9]+$/) print $1 }
        ' clean | sort -u)
    if $whole; then
        every signal=KILL "${called[@]}"
        # Not close: strace leaves open what should have been closed, and who
        # waits for its end waits for ever; pki.store has it.
        every error=EIO openat read write fsync fchmod linkat renameat \
            unlinkat newfstatat
        every error=ENOSPC openat write fsync linkat renameat
        every error=EINTR openat read write fsync flock
        every error=EMFILE openat
    else
        # shellcheck disable=SC2086 # words are meant
        every signal=KILL $changing
        every error=EIO fsync
        every error=ENOSPC write renameat
    fi
    # A write may take less than it was given, each time.
    where="$command, short writes"
    behaves short
    run
    [ $status = 0 ] || wrong "$(cat out err)"
    points=$((points + 1))
    look
    disk=()
done <<'END'
# look|command|what is typed for it|what is asked then
is_csr|pki csr a CN:new||pki match a.key a.csr
is_selfsigned|pki selfsigned ca CN:new||pki match ca.key ca.crt
is_sign|pki sign a ca||ls
is_tree|pki unlock e.key|secret|ls
is_tree|pki pkcs12-to-ssh admin|secret|ls
is_tree|rm leaf.crt||ls
is_tree|hostname renamed||ls
is_tree|webadmin certs a.key a.crt ca.crt||ls
is_tree|webadmin listen a 4433||ls
is_tree|ipv4 a add 192.0.2.10/24 192.0.2.1||ls
is_tree|dns add forwardzone example.com 192.0.2.53||ls
is_enabled|webadmin enable||ls
is_snapshot|backup snapshot two||ls
is_tree|backup rollback one|Y|ls
END

# No file may grow beyond so many KiB: neither key nor request fits.
command='pki csr a CN:new' look=is_csr asks='pki match a.key a.csr'
for size in 0 1; do
    rm -rf state
    cp -a old state
    where="$command, $size KiB a file"
    (ulimit -f $size && exec timeout 60 "$mmp" -e -d state -c "$command") \
        >out 2>err </dev/null
    status=$?
    [ $status = 1 ] || wrong "status $status: $(cat err)"
    look
    points=$((points + 1))
done

# A test of the test: a rename that copies in place is found.
before=$failures
command='hostname renamed' look=is_tree asks=ls
behaves torn
run
mv trace clean
every signal=KILL write >planted
if [ $failures = $before ]; then
    echo 'FAILED: a planted fault was not found'
    failures=$((failures + 1))
else
    failures=$before
fi

echo "faults.sh: $points faults, $missed not reached, $failures failures"
# Fewer would mean that strace did nothing.
[ $failures = 0 ] && [ $points -gt 100 ]
