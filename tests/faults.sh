#!/bin/bash
# Tests what the store promises on the whole program.  Every command that
# changes something is killed at each of its system calls, and each call fails
# once.  Afterwards every file must be whole, the files of one command must be
# all old or all new, what was acknowledged must be there, nothing may be left
# behind, and the next command must work.  The trace must show that the call
# failed.
#
# A killed process does not lose what the kernel has; a power loss does, see
# scripts/soak powerloss.
#
# usage: tests/faults.sh build-directory [--whole [SLICE/SLICES]]
#   --whole  all calls and all errors; by default, some that change the disk
#   2/3      each third fault, from the second on
set -uo pipefail
source=$(readlink -f "${0%/*}/..")
build=$(readlink -f "${1:?build directory}")
whole=false slice=1 slices=1
if [ "${2-}" = --whole ]; then
    whole=true
    [[ ${3-} =~ ^([0-9]+)/([0-9]+)$ ]] &&
        slice=${BASH_REMATCH[1]} slices=${BASH_REMATCH[2]}
fi
if ! strace -o /dev/null -e trace=fsync true 2>/dev/null; then
    echo 'faults.sh: skipped: strace is not here, or may not trace'
    exit 77
fi
# In memory: what fsync(2) must wait for is no part of this.
scratch=$(mktemp -d /dev/shm/mmp-test-XXXXXX 2>/dev/null ||
    mktemp -d /tmp/mmp-test-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
unset MMP_STATE MMP_CONFIG SSH_ORIGINAL_COMMAND
export HOME=$scratch
# LeakSanitizer can not be traced; what is preloaded comes before it.
export ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0
# What fails is looked at by the sanitizers; who is killed needs none.
careful=$build/bin/mmp
plain=$source/build/bin/mmp
[ -x "$plain" ] || plain=$careful
program=$careful
files=state/files private=state/private
failures=0 points=0 missed=0 numbered=0 row=0
declare -A reached # "error=EIO fsync": how often
disk=()            # how it behaves, see tests/disk.c
behaves() {
    disk=(-E LD_PRELOAD="$build/lib/disk.so" -E DISK="$1")
}

wrong() {
    echo "FAILED: $where: $*"
    failures=$((failures + 1))
}

# A console over state, lists of commands, its output; bounded.
console() {
    timeout 60 "$plain" -r 3.9 -f config "$@" 2>&1
}

# Each of these says whether state is old or new, or complains.  What a command
# always makes the same is compared as a whole, but for the time of a reboot and
# the record of what was typed; to be disabled again is to be as before.
is_tree() { # EXCEPT...: private files that are looked at otherwise
    local what except=()
    for what; do
        except+=(-x "$what")
    done
    for what in old new; do
        if diff -r $what/files $files >/dev/null &&
            diff -r -x supervisor -x log -x audit "${except[@]}" \
                -I '^  time = "[0-9]*";$' -I '^  enabled = "disable";$' \
                $what/private $private >/dev/null; then
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
# The change is made, and then somebody else is asked to act on it.
is_controlled() {
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
# A password's hash is another one each time, and always as long.
is_users() {
    local hidden='/hash = /s/[[:alnum:].\/$]/x/g'
    [ "$(is_tree users)" = torn ] && echo 'something else has changed'
    if cmp -s old/private/users $private/users; then
        echo old
    elif cmp -s <(sed "$hidden" new/private/users) \
        <(sed "$hidden" $private/users); then
        echo new
    else
        echo torn
    fi
}
# A secret of the cluster without a record of one is none; with it, it is whole.
is_cluster() {
    local is
    is=$(is_tree database-engine)
    [ "$is" = old ] ||
        grep -q '^secret = "[0-9a-f]\{64\}";$' $private/database-engine ||
        echo 'no secret'
    echo "$is"
}

# What a command has started, or has begun to start when it was killed.
end_services() {
    local tries pid
    [ -e $private/supervisor ] || [ "$look" = is_enabled ] || return
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
# answer.  Sets status, and died: was it killed?
# shellcheck disable=SC2120 # by way of $runs
run() {
    rm -rf state
    cp -a old state
    { # the shell tells here of each death
        timeout -k 5 60 strace -qq -o trace "${disk[@]}" "$@" \
            "$program" -e -r 3.9 -f config -d state \
            -c "$command" >out 2>err <answer
        status=$?
    } 2>deaths
    died=false
    [ "$status" = 137 ] && died=true
    # A transfer goes on after a refusal: only its answers tell what was done.
    if [ "$command" = mmp-sftp ] && ! $died && [ -e answers ]; then
        cmp -s out answers
        status=$?
    fi
}

# The same of the supervisor, which a console asks to make the change.
serve() {
    local timeout strace server tries
    rm -rf state
    cp -a old state
    {
        timeout -k 5 60 strace -qq -o trace "${disk[@]}" "$@" \
            "$program" --supervise -r 3.9 -f config -d state \
            >served 2>&1 </dev/null &
        timeout=$!
        for tries in {1..6000}; do
            [ -S $private/supervisor ] && break
            sleep 0.01
        done
        LD_PRELOAD=$build/lib/disk.so DISK=idle \
            timeout 60 "$plain" -e -r 3.9 -f config -d state \
            -c "$command" >out 2>err <answer
        status=$?
        died=true
        strace=$(pgrep -P $timeout) && server=$(pgrep -P "$strace") &&
            died=false && kill -KILL "$server"
        # Whom a console has found dead, it starts anew.
        pkill -KILL -f -- "^mmp -d $scratch/state "
        wait $timeout
    } 2>deaths
    cat served >>err
}

# Was all of it said that is said at the end?
answered() {
    case $command in
    mmp-sftp) cmp -s out answers ;;
    *) [ -s out ] && [ "$(tail -n 1 out)" = "$acknowledged" ] ;;
    esac
}

# What must hold after every run.
look() {
    local is want left
    console -q -d state >said <<<"$asks"
    left=$(find $files $private -name '.*')
    $died || left=$(find state -mindepth 2 -name '.*') # what is lent, too
    [ -z "$left" ] || wrong "left: $left"
    grep -q Sanitizer err said && wrong "$(cat err said)"
    is=$($look)
    case $status in
    0) want=new ;;
    137) # killed: when it had answered, its effect stands
        want='old or new'
        answered && want=new
        ;;
    1 | 2 | 127) # refused, could not begin, could not be loaded
        want=old
        # It could not say what it had done: that is no answer.
        grep -q '^write([12],.*INJECTED' trace && want='old or new'
        [ "$look" = is_controlled ] && want='old or new'
        # Nor is it when who has done it died before he said so.
        [ $runs = serve ] && $died && want='old or new'
        ;;
    *) want="an end, not status $status: $(cat err)" ;;
    esac
    [[ " $want " == *" $is "* ]] || wrong "$want is wanted, $is is there"
    console -e -d state -c 'hostname next' >said </dev/null ||
        wrong "the next command says: $(cat said)"
    end_services
}

# What could not be made durable once is told, and never tried again: the
# kernel may say then that it was (fsync(2), its errors).
look_at_fsync() {
    local again
    [ "$status" != 0 ] || wrong 'a failed fsync passes for done'
    again=$(awk -F '[(<>)]' '
        failed[$3] { print }
        /INJECTED/ { failed[$3] = 1 }' trace)
    [ -z "$again" ] || wrong "tried again: $again"
}

# One run with a fault in the nth of a call.
point() {
    local kind=$1 call=$2 nth=$3 options=(-e trace="$2") happened=false
    # What stands for the call that is not made must pass a filter of calls.
    local instead=:syscall=getpid
    numbered=$((numbered + 1))
    [ $((numbered % slices)) = $((slice % slices)) ] || return
    where="$name, $kind at $call $nth"
    [ "$call" = fsync ] && options+=(-y)
    [ "$kind" = signal=KILL ] && instead=
    $runs "${options[@]}" -e inject="$call:$kind$instead:when=$nth"
    if [ "$kind" = signal=KILL ]; then
        $died && happened=true
    else
        grep -q INJECTED trace && happened=true
    fi
    if ! $happened; then # a lock that was free, a thread that was faster
        missed=$((missed + 1))
        end_services
        return
    fi
    points=$((points + 1))
    reached[$kind $call]=$((${reached[$kind $call]-0} + 1))
    [ "$call" = fsync ] && ! $died && [ $runs = run ] && look_at_fsync
    look
}

# every KIND CALL...: at each of these calls of $command, from where it begins
# with the state directory; what it says is no file.  thin: not more than so
# many of them, and others in each row.
thin=0
every() {
    local kind=$1 call at=() i
    shift
    mapfile -t at < <(awk -v calls="$*" -v from="$from" '
        BEGIN { n = split(calls, list, " "); for (; n; n--) asked[list[n]] = 1 }
        $0 ~ from { seen = 1 }
        match($0, /^[a-z_0-9]+\(/) {
            call = substr($0, 1, RLENGTH - 1)
            count[call]++
            if (seen && call in asked && !/^write\([12],/)
                print call, count[call]
        }' clean)
    for i in "${!at[@]}"; do
        if [ $thin != 0 ] && [ ${#at[@]} -gt $thin ] &&
            [ $(((i * thin + row) % ${#at[@]})) -ge $thin ]; then
            continue
        fi
        # shellcheck disable=SC2086 # call and number
        point "$kind" ${at[i]}
    done
}

# Without a fault: what it makes, what it says, and which calls it makes.
rehearse() { # PROGRAM
    program=$1
    rm -f answers
    $runs
    [ "$status" = 0 ] || wrong "it fails: $(cat out err)"
    cp out answers
    acknowledged=$(tail -n 1 out | tr -d '\0')
    mv trace clean
}

# Each close of what was written fails once, though it has closed: strace would
# leave it open, and who waits for its end waits for ever.
closes() {
    local nth
    for ((nth = 1; ; nth++)); do
        where="$name, error=EIO at close $nth"
        rm -f "$scratch/closed"
        disk=(-E LD_PRELOAD="$build/lib/disk.so" -E DISK=close
            -E DISK_AT="$nth" -E DISK_TELLS="$scratch/closed")
        run
        disk=()
        [ -e closed ] || break
        numbered=$((numbered + 1))
        if [ $((numbered % slices)) != $((slice % slices)) ]; then
            end_services
            continue
        fi
        points=$((points + 1))
        reached[error=EIO close]=$((${reached[error=EIO close]-0} + 1))
        if [ "$status" = 0 ] && grep -q '/\.new\.\|/\.record' closed; then
            wrong "a failed close passes for done: $(cat closed)"
        fi
        look
    done
    end_services
}

# A row of the table: all that happens to it.
suffer() {
    local error called
    row=$((row + 1))
    rehearse "$plain"
    rm -rf new
    cp -a state new
    end_services
    mapfile -t called < <(awk -v from="$from" '
        $0 ~ from { seen = 1 }
        seen { sub(/\(.*/, "", $1); if ($1 ~ /^[a-z_0-9]+$/) print $1 }
        ' clean | sort -u)
    if $whole; then
        every signal=KILL "${called[@]}"
    else
        thin=6
        # shellcheck disable=SC2086 # words are meant
        every signal=KILL $changing
    fi
    rehearse "$careful"
    end_services
    if $whole; then
        for error in EIO ENOSPC EINTR EMFILE; do
            # shellcheck disable=SC2086
            every error=$error openat $changing
        done
        every error=EIO read newfstatat mkdirat ftruncate fchown flock socket \
            connect
        every error=EINTR read flock
        [ $runs = run ] && closes
    else
        thin=2
        every error=EIO fsync
        every error=ENOSPC write pwrite64 renameat linkat
        every error=EIO unlinkat
        every error=EMFILE openat
        every error=EINTR write fsync
    fi
    thin=0
    # A write may take less than it was given, each time.
    [ $runs = run ] || return
    where="$name, short writes"
    behaves short
    run
    disk=()
    [ "$status" = 0 ] || wrong "$(cat out err)"
    points=$((points + 1))
    look
}

# What stands there before: pairs, a locked key, a name, an older backup, a
# user, a cluster's certificates.
port=$(/usr/bin/python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
# Two that run at once are no neighbours.
echo "interfaces = { b = \"127.$((RANDOM % 250 + 2)).$((RANDOM % 250)).9\"; };" \
    >config
mkdir -p base/files
chmod 700 base base/files
cp "$source"/testdata/pki/{dbserver,dbuser,dbca}.{key,crt} base/files
"$plain" -q -r 3.9 -f config -d base >out <<SETUP
pki selfsigned ca
pki csr a CN:a
pki sign a ca
hostname first
backup snapshot one
hostname second
pki csr b CN:b
webadmin listen a $port
webadmin certs a.key a.crt
database cluster certs dbserver.key dbserver.crt dbuser.key dbuser.crt dbca.crt
database cluster localnode b
user add joe crypto
old password
old password
SETUP
cp "$source/testdata/pki/encrypted.key" base/files/e.key
cp "$source/testdata/pki/leaf.crt" base/files
cp "$source/testdata/pki/leaf.p12" base/files/admin.pub
enabled='webadmin enable\nshutdown\nY\n'

# The table's rows, and from where a trace is looked at.
runs=run from='^openat\(.*"state"'
changing='write pwrite64 fsync fchmod linkat renameat unlinkat'
while IFS='|' read -r look command typed asks before; do
    case $look in '' | \#*) continue ;; esac
    name=$command where=$command
    rm -rf old
    cp -a base old
    # shellcheck disable=SC2059 # it has line ends
    [ -z "$before" ] || printf "$before" | console -q -d old >out
    if [ "$command" = mmp-sftp ]; then
        name="sftp: $typed"
        # shellcheck disable=SC2086 # words are meant
        /usr/bin/python3 -B "$source/tests/packets.py" $typed >answer
    else
        # shellcheck disable=SC2059
        printf "$typed\n" >answer
    fi
    suffer
done <<END
# look|command|what is typed for it|what is asked then|before
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
is_controlled|webadmin disable||ls|$enabled
is_snapshot|backup snapshot two||ls
is_controlled|backup rollback one|Y|ls
is_users|user add jane audit|new\nnew|user info jane
is_users|passwd joe|new\nnew|user info joe
is_tree|user del joe||user list
is_tree|mmp-sftp|put leaf.crt 70000|ls
is_tree|mmp-sftp|put up.bin 300000|ls
is_tree|mmp-sftp|rename leaf.crt other.crt|ls
is_tree|mmp-sftp|replace leaf.crt ca.crt|ls
is_tree|mmp-sftp|rm leaf.crt|ls
is_tree|database cluster localnode a||ls
is_tree|database cluster certs dbuser.key dbuser.crt dbca.crt||ls
is_tree|database cluster certs none||ls
END

# What the supervisor changes for a console.  The engine's programs only sleep.
if [ -x /usr/bin/patroni ] && getent passwd postgres >/dev/null; then
    look=is_cluster command='database cluster initialize' asks=ls
    name=$command runs=serve from='^listen\('
    rm -rf old
    cp -a base old
    echo Y >answer
    behaves idle
    suffer
    disk=()
else
    echo 'faults.sh: the cluster is left out: no patroni, or no postgres'
fi
runs=run from='^openat\(.*"state"'

# No file may grow beyond so many KiB: neither key nor request fits.
command='pki csr a CN:new' look=is_csr asks='pki match a.key a.csr'
rm -rf old
cp -a base old
for size in 0 1; do
    rm -rf state
    cp -a old state
    where="$command, $size KiB a file"
    (ulimit -f $size && exec timeout 60 "$careful" -e -d state -c "$command") \
        >out 2>err </dev/null
    status=$?
    [ "$status" = 1 ] || wrong "status $status: $(cat err)"
    look
    points=$((points + 1))
done

# A test of the test: a rename that copies in place is found, and an fsync that
# is tried again until it succeeds.
planted() { # BEHAVIOUR KIND CALL
    local before=$failures of="$points $missed $numbered" each=$slice/$slices
    slice=1 slices=1
    program=$plain
    behaves "$1"
    run
    mv trace clean
    every "$2" "$3" >planted
    disk=()
    slice=${each%/*} slices=${each#*/}
    read -r points missed numbered <<<"$of"
    if [ "$failures" = "$before" ]; then
        where="planted: $1"
        wrong 'it was not found'
    else
        failures=$before
    fi
}
name='hostname renamed' command=$name look=is_tree asks=ls
: >answer
planted torn signal=KILL write
planted retries error=EIO fsync

# Each kind of fault was there: else strace, or the trace's reader, did nothing.
kinds='error=EIO fsync|error=ENOSPC write|error=EMFILE openat'
$whole && [ "$slices" = 1 ] && for error in EIO ENOSPC EINTR EMFILE; do
    for call in openat $changing; do
        kinds+="|error=$error $call"
    done
done && kinds+='|error=EIO close'
where='kinds of faults'
while read -r -d '|' kind; do
    [ "${reached[$kind]-0}" -gt 0 ] || wrong "there was no $kind"
done <<<"$kinds|"
if $whole; then
    for kind in "${!reached[@]}"; do
        echo "${reached[$kind]} times $kind"
    done | sort -k 3
fi
echo "faults.sh: $points faults in $row commands, $missed not reached," \
    "$failures failures"
[ $failures = 0 ] && [ "$points" -gt 100 ] && [ $((missed * 10)) -lt "$points" ]
