#!/bin/bash
# Tests what README.md says about a permanent host, with a separate systemd: a
# machine whose disk is an overlay of this one, on a network of its own, is
# installed, set up by SSH, and switched off and on again.
#
# usage: tests/systemd.sh build-directory
# shellcheck disable=SC2317 # functions that a trap calls
set -uo pipefail
build=$(readlink -f "${1:?build directory}")
# shellcheck source=tests/mounts.bash
. "${0%/*}/mounts.bash"
for tool in /usr/bin/systemd-nspawn /usr/sbin/sshd /lib/systemd/systemd; do
    [ -x $tool ] || skip "$tool is not here"
done
scratch=$(mktemp -d /tmp/mmp-test-XXXXXX)
# systemd-nspawn leaves its groups behind, empty; with one of them alone it would
# not start again.  A group with a process in it stays.
sweep_groups() {
    find /sys/fs/cgroup/{,systemd/,unified/}{payload,supervisor} -depth \
        -type d -exec rmdir {} \; 2>/dev/null
}
clean() {
    umount -q "$scratch/root" "$scratch/disk"
    rm -rf "$scratch"
    sweep_groups
}
trap clean EXIT
cd "$scratch" || exit 1
sweep_groups
mkdir disk root
mount -t tmpfs -o mode=755 disk disk
mkdir disk/upper disk/work
mount -t overlay -o lowerdir=/,upperdir=disk/upper,workdir=disk/work overlay \
    root 2>/dev/null || skip 'no overlay here'

# What this machine has of it, and of servers, is not that one's.
rm -rf root/var/lib/openmmp root/etc/machine-id root/root/.ssh
: >root/etc/machine-id
for server in ssh nginx postgresql cron; do
    ln -sf /dev/null root/etc/systemd/system/$server.service
done
DESTDIR=$scratch/root cmake --install "$build" --prefix /usr/local >log || {
    cat log
    exit 1
}
ssh-keygen -q -t ed25519 -N '' -f key
mkdir -m 700 root/root/.ssh
cp key key.pub root/root/.ssh
cat >root/etc/systemd/system/visit.service <<END
[Unit]
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
ExecStart=/bin/bash -eu /root/visit
StandardOutput=file:/root/said
StandardError=inherit
END
ln -s ../visit.service root/etc/systemd/system/multi-user.target.wants/

# What the machine runs itself.
cat >root/root/head <<'END'
unit=openmmp-appliance
over_ssh() {
    timeout 60 ssh -F none -p 2222 -i /root/.ssh/key -o BatchMode=yes \
        -o StrictHostKeyChecking=no admin@127.0.0.1 "$1"
}
within() { # SECONDS COMMAND...
    local i tries=$(($1 * 10))
    shift
    for ((i = 0; i < tries; i++)); do
        if "$@"; then
            return
        fi
        sleep 0.1
    done >/dev/null 2>&1
    echo "not within $((tries / 10)) s: $*"
    journalctl --no-pager -u $unit
    return 1
}
restarted() {
    [ "$(systemctl show -P NRestarts $unit)" = 1 ]
}
presents() {
    openssl s_client -connect 127.0.0.1:8443 </dev/null 2>&1 |
        grep -q 'CN *= *web.example.com'
}
refuses() {
    ! (exec 3<>/dev/tcp/127.0.0.1/8443) 2>/dev/null
}
END

failures=0
boot() { # NAME: runs what is typed
    cat root/root/head - <(echo 'touch /root/done') >root/root/visit
    timeout 120 systemd-nspawn -q -D root --register=no --keep-unit \
        --private-network -b --console=pipe </dev/null >console 2>&1
    if [ ! -e root/root/done ]; then
        echo "FAILED: $1"
        cat console root/root/said
        failures=$((failures + 1))
    fi
    rm -f root/root/done
}

boot 'set up' <<'END'
systemd-sysusers
systemctl enable --now $unit
within 20 over_ssh version
over_ssh 'pki selfsigned web CN:web.example.com'
over_ssh 'webadmin listen a 8443'
over_ssh 'webadmin certs web.key web.crt'
over_ssh 'webadmin enable'
presents
[ "$(stat -c %U /var/lib/openmmp)" = openmmp ]
# All that runs belongs to the unit.
systemctl stop $unit
refuses
systemctl start $unit
within 20 presents
within 20 over_ssh version
# Its sshd dies: it is started anew, with what was enabled.
kill "$(pgrep -of 'sshd.*listener')"
within 20 restarted
within 20 presents
within 20 over_ssh webadmin
# So is its supervisor, by itself.
endpoint=$(pgrep -o mmp-endpoint)
kill -KILL "$(pgrep -nf -- --on-demand)"
within 20 [ ! -e "/proc/$endpoint" ]
within 20 presents
restarted
END
boot 'the next morning' <<'END'
within 20 presents
END
exit $((failures > 0))
