# What the tests of scripts/conformance share.  $1 is the program; sets dir, a
# folder that goes when the test ends.
# shellcheck shell=bash
set -euo pipefail
if ! command -v expect >/dev/null; then
    echo 'skipped: expect is not installed' >&2
    exit 77
fi
cd "$(dirname "$0")/../.."
MMP_PROGRAM=$(readlink -f "${1:?which program?}")
export MMP_PROGRAM
unset MMP_CONFIG SSH_ORIGINAL_COMMAND XDG_CONFIG_HOME XDG_STATE_HOME
dir=$(mktemp -d /tmp/mmp-test-XXXXXX)
trap 'rm -rf "$dir"' EXIT
export HOME=$dir

wrong() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

# conformance STATUS WORD...: runs it; what it prints goes to $dir/out.
conformance() {
    local want=$1 status=0
    shift
    timeout 110 scripts/conformance "$@" >"$dir/out" 2>"$dir/err" ||
        status=$?
    if [ "$status" != "$want" ]; then
        cat "$dir/out" "$dir/err" >&2
        wrong "$*: exit status $status, not $want"
    fi
}

# equal WHAT GOT WANTED
equal() {
    if [ "$2" != "$3" ]; then
        diff <(echo "$3") <(echo "$2") >&2 || true
        wrong "$1"
    fi
}
