#!/bin/bash
# The power fails while commands run.  An ext4 file system lives in a file, and
# a copy of that file is what a disk has when the machine stops.  One copy is
# taken at some moment of a run of commands, and one right after the last
# answer: only that one shows an entry that was never synced, because the next
# command would sync it as well.  Each copy is repaired, mounted and examined:
# what had been answered must be there, every file must be whole, and the files
# of one command must be of the same moment.
#
# Not simulated: a disk that reorders or forgets what it was told to keep.
#
# usage: tests/powerloss.sh build-directory [rounds]
#   SEED=n plays the same moments again, as far as the machine allows.
set -uo pipefail
packets=$(readlink -f "${0%/*}/packets.py")
build=$(readlink -f "${1:?build directory}")
rounds=${2:-10}
# shellcheck source=tests/mounts.bash
. "${0%/*}/mounts.bash"
for tool in mkfs.ext4 e2fsck; do
    command -v $tool >/dev/null || skip "$tool is not here"
done
# In memory: the file system's own syncs need not wait for a disk below.
scratch=$(mktemp -d /dev/shm/mmp-test-XXXXXX 2>/dev/null ||
    mktemp -d /tmp/mmp-test-XXXXXX)
cd "$scratch" || exit 1
mkdir disk crash
trap 'cd /; umount -q "$scratch"/{disk,crash}; rm -rf "$scratch"' EXIT
truncate -s 16M probe.img
mkfs.ext4 -q probe.img
mount -o loop probe.img crash 2>/dev/null || skip 'no loop devices here'
umount crash
unset MMP_STATE MMP_CONFIG SSH_ORIGINAL_COMMAND
export HOME=$scratch
export ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0
RANDOM=${SEED:=$RANDOM}
mmp=$build/bin/mmp
bad=0 images=0
disk=() # env, and how it behaves, see tests/disk.c

wrong() {
    echo "FAILED: round $round, $image: $*"
    bad=$((bad + 1))
}

# Into a file that is whole whenever we are stopped.
note() { # FILE TEXT
    echo "$2" >note
    mv note "$1"
}

# One command.  begun and answered: its kind and number, outside the disk.  A
# transfer is answered when the answers are those that it had on another disk.
change() { # KIND NUMBER COMMAND [TYPED [STATE]]
    note "begun.$1" "$2"
    if "${disk[@]}" "$mmp" -e -r 3.9 -d "disk/${5-state}" -c "$3" \
        >out 2>&1 <"${4-/dev/null}" &&
        { [ "$1" != upload ] || cmp -s out uploaded; }; then
        note pair "$(sha256sum disk/state/files/a.crt)"
        note "answered.$1" "$2"
    else
        echo "$3: $(cat out)" >refused
    fi
}
# Each kind twice, each time in the same order; every round ends with another.
kinds=(rollback upload user backup rm pair name)
changes() { # TURN
    local n i
    for n in 1 2; do
        for i in "${!kinds[@]}"; do
            case ${kinds[(i + $1) % ${#kinds[@]}]} in
            name) change name $n "hostname host$n" ;;
            rm) change rm $n "rm file$n" ;;
            pair) change pair $n 'pki sign a ca' ;;
            backup) change backup $n "backup snapshot backup$n" ;;
            rollback) change rollback $n "backup rollback $n" yes other ;;
            upload) change upload $n mmp-sftp "upload$n" ;;
            user)
                case $n in
                1) change user 1 'user add user1 audit' password ;;
                2) change user 2 'user del user0' ;;
                esac
                ;;
            esac
        done
    done
}

number() {
    cat "$1" 2>/dev/null || echo 0
}

# What is there now of a kind whose commands each replace the one before.
is_current() { # KIND WHAT
    local answered begun
    answered=$(number "$now/answered.$1") begun=$(number "begun.$1")
    if ! [[ $2 =~ ^[0-9]+$ && $2 -ge $answered && $2 -le $begun ]]; then
        wrong "$1 '$2', answered $answered, begun $begun"
    fi
}
name_in() { # STATE
    sed -n 's/^hostname = "host\(.*\)";$/\1/p' "crash/$1/private/settings"
}
# Both areas of one backup.
rollback_in() {
    cat crash/other/files/{first,second} <(name_in other) | sort -u
}
upload_in() {
    local i
    for i in 0 1 2; do
        cmp -s "sent$i" crash/state/files/up.bin && echo "$i"
    done
}
user_in() {
    case $(sed -n 's/^ *name = "\(.*\)";$/\1/p' crash/state/private/users) in
    $'admin\nuser0') echo 0 ;;
    $'admin\nuser0\nuser1') echo 1 ;;
    $'admin\nuser1') echo 2 ;;
    esac
}

# $1: a copy of the disk, taken when the numbers in $2 were answered.
look() {
    local image=$1 now=$2 name i answered begun files=crash/state/files
    images=$((images + 1))
    e2fsck -fy "$image" >fsck 2>&1
    [ $? -le 1 ] || wrong "not to be repaired: $(cat fsck)"
    mount -o loop "$image" crash
    for name in state other; do
        "$mmp" -e -q -r 3.9 -d crash/$name >out 2>&1 <<<$'ls\nuser list' ||
            wrong "$name does not open: $(cat out)"
        [ -z "$(find crash/$name -mindepth 2 -name '.*')" ] ||
            wrong "left: $(find crash/$name -mindepth 2 -name '.*')"
    done

    is_current name "$(name_in state)"
    is_current rollback "$(rollback_in)"
    is_current upload "$(upload_in)"
    is_current user "$(user_in)"

    answered=$(number "$now/answered.rm") begun=$(number begun.rm)
    for i in 1 2; do
        if [ -e "$files/file$i" ]; then
            [ $i -gt "$answered" ] || wrong "file$i is back"
        else
            [ $i -le "$begun" ] || wrong "file$i is lost"
        fi
    done

    for i in 1 2; do
        if [ -e "$files/backup$i.bak" ]; then
            tar -xOf "$files/backup$i.bak" SHA256SUMS >/dev/null 2>out ||
                wrong "backup$i: $(cat out)"
        elif [ $i -le "$(number "$now/answered.backup")" ]; then
            wrong "backup$i is lost"
        fi
    done

    head -n "$(wc -l <$files/a.crt)" $files/a-fullchain.crt |
        cmp -s - $files/a.crt || wrong 'another chain than certificate'
    if [ "$(number "$now/answered.pair")" = "$(number begun.pair)" ]; then
        sed 's/disk/crash/' "$now/pair" | sha256sum --quiet -c - 2>/dev/null ||
            wrong 'another certificate than was answered'
    fi
    umount crash
}

# The numbers of this moment, then the disk; nothing runs meanwhile.
copy() { # NAME
    rm -rf "$1"
    mkdir "$1"
    cp answered.* pair "$1" 2>/dev/null
    cp --sparse=always disk.img "$1.img"
}

# What is on the disk before, made once.
truncate -s 16M first.img
mkfs.ext4 -q first.img
mount -o loop first.img disk
printf 'secret\nsecret\n' >password
echo Y >yes
"$mmp" -e -q -r 3.9 -d disk/state >out <<'END' || skip "$(cat out)"
pki selfsigned ca
pki csr a CN:a
pki sign a ca
hostname host0
user add user0 audit
secret
secret
END
for i in 1 2 0; do
    mkdir -p disk/other/files
    echo $i | tee disk/other/files/first >disk/other/files/second
    printf 'hostname host%s\nbackup snapshot %s\n' $i $i |
        "$mmp" -e -q -r 3.9 -d disk/other >out || skip "$(cat out)"
    echo "file$i" >"disk/state/files/file$i"
done
# Uploads are told from each other by their sizes.
for i in 0 1 2; do
    /usr/bin/python3 -B "$packets" put up.bin $((40000 + i)) >"upload$i"
    "$mmp" -e -r 3.9 -d disk/state -c mmp-sftp <"upload$i" >uploaded
    mv disk/state/files/up.bin "sent$i"
done
cp sent0 disk/state/files/up.bin
sha256sum disk/state/files/a.crt >pair0
umount disk

run_round() { # TURN: which kind is the last
    local writer
    rm -f begun.* answered.* refused
    cp pair0 pair
    cp --sparse=always first.img disk.img
    mount -o loop disk.img disk
    set -m # a process group of its own, to be stopped as a whole
    changes "$1" &
    writer=$!
    set +m
    sleep "0.$(printf '%03d' $((RANDOM % 500)))"
    kill -STOP -- -$writer 2>/dev/null # or it has ended
    copy running
    # What it has begun until now; later ones must not excuse anything.
    cp begun.* running 2>/dev/null
    kill -CONT -- -$writer 2>/dev/null
    wait $writer
    copy over
    umount disk
    image=over
    [ -e refused ] && wrong "refused: $(cat refused)"
    look over.img over
    rm -f begun.*
    mv running/begun.* . 2>/dev/null
    look running.img running
}

for ((round = 1; round <= rounds; round++)); do
    run_round "$round"
done
failures=$bad

# A test of the test: directories that are not synced are found.
round=planted
disk=(env LD_PRELOAD="$build/lib/disk.so" DISK=no-dir)
run_round 0 >planted
if ! grep -q 'is lost\|is back\|answered' planted; then
    echo "FAILED: a missing sync of directories was not found: $(cat planted)"
    failures=$((failures + 1))
fi
echo "powerloss.sh: $rounds rounds, $((images - 2)) images, $failures bad (SEED=$SEED)"
[ $failures = 0 ]
