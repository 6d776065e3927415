#!/bin/bash
# Tests what cmake --install leaves under a prefix that was not configured: a
# program that finds its parts there, its manuals, and a sample configuration
# that it accepts.  As root, and with an sshd, also an appliance.
#
# usage: tests/install.sh build-directory
# shellcheck disable=SC2317 # functions that a trap and presents() call
set -uo pipefail
build=$(readlink -f "${1:?build directory}")
scratch=$(mktemp -d /tmp/mmp-test-XXXXXX)
prefix=$scratch/prefix
state=$scratch/state
address=127.$((1 + $$ / 62500 % 250)).$((1 + $$ / 250 % 250)).$((1 + $$ % 250))
failures=0

clean() {
    MMP_STATE=$state "$prefix/libexec/openmmp/appliance" down >/dev/null 2>&1
    console 'webadmin disable' >/dev/null 2>&1
    rm -rf "$scratch"
}
trap clean EXIT

# check NAME CONDITION...
check() {
    local name=$1
    shift
    if ! "$@"; then
        echo "$name: FAILED: $*"
        failures=$((failures + 1))
    fi
}

console() {
    timeout 60 "$prefix/bin/mmp" -f "$scratch/mmp.cfg" -d "$state" -e -n -c "$1"
}

unset MMP_STATE MMP_CONFIG SSH_ORIGINAL_COMMAND XDG_CONFIG_HOME XDG_STATE_HOME
export HOME=$scratch
cmake --install "$build" --prefix "$prefix" >"$scratch/log" || {
    cat "$scratch/log"
    exit 1
}

for page in man1/mmp.1 man5/mmp.cfg.5 man8/mmp-sftp.8; do
    check "$page" test -s "$prefix/share/man/$page"
done
sample=$prefix/share/doc/openmmp/examples/mmp.cfg
check 'sample' "$prefix/bin/mmp" -f "$sample" -d "$state" -c version >/dev/null
# Every key that it shows is one, and what it shows is taken.
sed 's/^#\([a-z_]* =\)/\1/; s/^#\(d = \)/\1/' "$sample" >"$scratch/all.cfg"
check 'sample, all of it' "$prefix/bin/mmp" -f "$scratch/all.cfg" -d "$state" \
    -c version >/dev/null

unit=$prefix/lib/systemd/system/openmmp-appliance.service
check 'unit: its program' grep -q \
    "^ExecStart=$prefix/libexec/openmmp/appliance run " "$unit"
check 'unit: its state' grep -qx 'Environment=MMP_STATE=/.*/openmmp' "$unit"

# The supervisor and the listeners are other programs than the console.
echo "interfaces = { a = \"$address\"; };" >"$scratch/mmp.cfg"
presents() { # COMMAND...
    "$@" 'pki selfsigned web CN:web.example.com' >/dev/null
    "$@" 'webadmin listen a 8443'
    "$@" 'webadmin certs web.key web.crt' | grep -v '^HINT'
    check "$*" grep -q '^SUCCESS: Webadmin enabled' <("$@" 'webadmin enable')
    check "$*: the listener" grep -q 'CN *= *web.example.com' \
        <(openssl s_client -connect "$address:8443" </dev/null 2>&1)
    check "$*: its end" grep -q '^SUCCESS' <("$@" 'webadmin disable')
}
presents console

# With a state of its own it has a supervisor of its own, which sees nothing
# but what is mounted for it.
over_ssh() {
    timeout 60 ssh -q -F none -p "$port" -i "$scratch/.ssh/id_ed25519" \
        -o BatchMode=yes -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null "admin@$address" "$1"
}
if [ "$(id -u)" = 0 ] && [ -x /usr/sbin/sshd ]; then
    port=$((20000 + $$ % 10000))
    state=$scratch/appliance
    chmod 755 "$scratch"
    mkdir "$scratch/.ssh"
    ssh-keygen -q -t ed25519 -N '' -f "$scratch/.ssh/id_ed25519"
    MMP_STATE=$state MMP_CONFIG=$scratch/mmp.cfg \
        "$prefix/libexec/openmmp/appliance" up --listen "$address" \
        --port "$port" --key "$scratch/.ssh/id_ed25519.pub" >"$scratch/up" ||
        check 'appliance up' false
    presents over_ssh
fi
exit $((failures > 0))
