#!/bin/bash
# Full and read-only disks, state directories that belong to somebody else or
# hold foreign things, clocks that jump.  Each refusal must be one line that
# says what is wrong, and everything must stay as it was.
#
# usage: tests/hostile.sh build-directory
set -uo pipefail
build=$(readlink -f "${1:?build directory}")
# shellcheck source=tests/mounts.bash
. "${0%/*}/mounts.bash"
# The program where anybody may run it.
scratch=$(mktemp -d /tmp/mmp-test-XXXXXX)
cd "$scratch" || exit 1
chmod 755 .
mkdir bin small
cp "$build/bin/mmp" "$build/bin/mmp-endpoint" bin
mmp=$scratch/bin/mmp
trap 'cd /; umount -q "$scratch/small"; rm -rf "$scratch"' EXIT
unset MMP_STATE MMP_CONFIG SSH_ORIGINAL_COMMAND
export HOME=$scratch
failures=0 checks=0
as=() # somebody else

wrong() {
    echo "FAILED: $what: $*"
    failures=$((failures + 1))
}

# run STATE COMMAND: into out and status.
run() {
    timeout 120 "${as[@]}" "$mmp" -e -r 3.9 -d "$1" -c "$2" >out 2>&1 </dev/null
    status=$?
    checks=$((checks + 1))
    grep -q Sanitizer out && wrong "$2: $(cat out)"
    sed -i '/^HINT: /d' out # they follow an answer
}
works() {
    run "$@"
    [ $status = 0 ] || wrong "$2 ends with $status: $(cat out)"
}
# refused WORDS STATE COMMAND: the last line, but for hints, says so, no other
# does, and nothing changes.
refused() {
    local words=$1 before after
    shift
    before=$(content "$1")
    run "$@"
    after=$(content "$1")
    { [ $status = 1 ] || [ $status = 2 ]; } || wrong "$2 ends with $status"
    [ "$(grep -ciE -- "$words" out)" = 1 ] || wrong "$2 says: $(cat out)"
    tail -n 1 out | grep -qiE -- "$words" || wrong "$2 says last: $(cat out)"
    [ "$before" = "$after" ] || wrong "$2 has changed something"
}
# All of a state directory but its lock and what was typed.
content() {
    find "$1" -mindepth 1 ! -name lock ! -path '*/private/audit' \
        -printf '%P %y %m %l\n' -type f -exec sha256sum {} + 2>/dev/null | sort
}

what='64 KiB and 20 inodes'
mount -t tmpfs -o size=64k,nr_inodes=20 tmpfs small || exit 1
for ((i = 0; i < 60; i++)); do
    run small "pki csr k$i CN:k$i"
    [ $status = 0 ] || break
    # A pair, or nothing.
    works small "pki match k$i.key k$i.csr"
done
if [ $i -lt 2 ] || [ $i -ge 60 ]; then
    wrong "full after $i requests"
fi
grep -vE '^\.*$' out | grep -qi 'space\|full' || wrong "it says: $(cat out)"
[ -z "$(find small/files -name "k$i.*")" ] || wrong 'half of a pair is there'
works small 'ls'
for ((n = 0; n < i; n++)); do
    works small "pki match k$n.key k$n.csr"
done
head -c 64K /dev/zero >small/files/filler 2>/dev/null
refused 'space|full' small 'hostname other'
refused 'space|full' small 'backup snapshot one'
works small 'rm filler'
works small 'rm k0.key'
works small 'hostname other'
[ -z "$(find small -mindepth 2 -name '.*')" ] || wrong "left: $(ls -A small/*)"

what='read-only'
touch small/files/.record # of who died before the disk did
mount -o remount,ro small
refused 'read-only|denied' small 'hostname third'
refused 'read-only|denied' small 'rm k1.key'
works small 'pki match k1.key k1.csr'
works small 'ls'
umount small

what='a state of somebody else'
works state 'pki selfsigned ca'
as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
refused 'denied' state 'ls'
chmod 755 state state/files state/private
refused 'denied' state 'hostname other'
refused 'denied' state 'pki match ca.key ca.crt'
refused 'denied' state 'rm ca.crt'
works state 'pki inspect ca.crt'
as=()

what='settings of a newer version'
works state 'hostname mine'
sed -i 's/^version = 1;/version = 2;/' state/private/settings
refused 'settings.*version' state 'hostname other'
sed -i 's/^version = 2;/version = 1;/' state/private/settings
works state 'hostname other'

what='what is no file'
mkdir state/files/directory.crt
ln -s /etc/passwd state/files/link.crt
mkfifo state/files/pipe.crt
truncate -s 17M state/files/large.crt
for name in directory link pipe large; do
    refused "$name.crt" state "pki inspect $name.crt"
    refused "$name.crt" state "pki match ca.key $name.crt"
done
refused 'link.crt' state 'rm link.crt'
works state 'ls'
grep -q 'link\|pipe\|directory' out && wrong "ls shows: $(cat out)"

what='a state that is no directory'
echo text >plain
for place in plain plain/state /dev/null /proc/1/state; do
    timeout 60 "$mmp" -e -d $place -c ls >out 2>&1
    status=$?
    [ "$status $(wc -l <out)" = '2 1' ] || wrong "$place: $status, $(cat out)"
done
[ "$(cat plain)" = text ] || wrong 'it has changed'

what='a file of the store that is a link'
works other 'hostname one'
echo kept >victim
for name in private/settings lock; do
    mv other/$name kept.$$
    ln -s ../../victim other/$name
    run other 'hostname two'
    [ $status = 0 ] && wrong "$name: a link is followed"
    rm other/$name
    mv kept.$$ other/$name
done
[ "$(cat victim)" = kept ] || wrong 'it was written through a link'
works other 'hostname three'

what='100,000 files'
(cd state/files && seq -f 'f%06g' 100000 | xargs touch)
works state 'pki list'
works state 'ls'
[ "$(grep -c '^f[0-9]*$' out)" = 100000 ] || wrong "$(wc -l <out) are listed"
works state 'pki match ca.key ca.crt'
works state 'hostname many'
(cd state/files && find . -name 'f[0-9]*' -delete)

if command -v faketime >/dev/null; then
    what='a clock that jumps'
    works state 'hostname now'
    echo Y | timeout 60 "$mmp" -q -d state -c reboot >out 2>&1
    for time in '1971-01-01 00:00:00' '2037-12-31 23:59:59' \
        '2100-01-01 00:00:00'; do
        # LeakSanitizer would see the library that is preloaded.
        as=(env ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0
            faketime -f "@$time")
        works state 'uptime'
        grep -qE 'up [0-9]+ days' out || wrong "$time: $(cat out)"
        works state "hostname at-${time%%-*}"
        works state 'pki selfsigned jump'
        works state 'pki verify jump.crt jump.crt'
    done
    as=()
    refused 'not yet valid' state 'pki verify jump.crt jump.crt'
    works state 'hostname back'
else
    echo 'hostile.sh: clocks are left out: faketime is not here'
fi

# A test of the test: a full disk that the program does not notice is found.
what='a planted fault'
mount -t tmpfs -o size=64k,nr_inodes=20 tmpfs small
works small 'hostname one'
head -c 64K /dev/zero >small/files/filler 2>/dev/null
before=$failures
as=(env ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0
    LD_PRELOAD="$build/lib/disk.so" DISK=deaf)
refused 'space|full' small 'hostname two' >planted
as=()
umount small
if [ "$failures" = "$before" ]; then
    wrong 'it was not found'
else
    failures=$before
fi

echo "hostile.sh: $checks commands, $failures failures"
[ $failures = 0 ] && [ $checks -gt 60 ]
