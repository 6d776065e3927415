#!/bin/bash
# scripts/soak ends at the first step that fails, whichever it is.  Stubs stand
# for what it runs.
set -euo pipefail
script=$(readlink -f "$(dirname "$0")/../../scripts/soak")
dir=$(mktemp -d /tmp/mmp-test-XXXXXX)
trap 'rm -rf "$dir"' EXIT

wrong() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

# It works in the folder above its own.
mkdir -p "$dir"/{scripts,tests,build/bin,build-test/bin}
cp "$script" "$dir/scripts/soak"
cat >"$dir/stub" <<'END'
#!/bin/bash
line="${0##*/} $*"
case $line in
'fuzz --list') printf 'first\nlast\n' ;;
esac
echo "$line" >>"$PLACE/ran"
if [[ -n $FAILING && $line == *"$FAILING"* ]]; then
    exit "$STATUS"
fi
END
chmod +x "$dir/stub"
for name in scripts/{packages,build,fuzz} build/bin/chains \
    build-test/bin/{races,test_keygen,test_memory} \
    tests/{faults,powerloss,concurrency,memory}.sh; do
    cp "$dir/stub" "$dir/$name"
done
export PLACE=$dir FAILING STATUS

soak() { # STATUS OF THE STEP, THE STEP, EXPECTED STATUS, CLASS...
    local status=0 wanted=$3
    STATUS=$1 FAILING=$2
    shift 3
    : >"$dir/ran"
    "$dir/scripts/soak" "$@" >"$dir/out" 2>&1 || status=$?
    [ "$status" = "$wanted" ] || wrong "$FAILING $STATUS: $*: $status, not" \
        "$wanted: $(cat "$dir/out" "$dir/ran")"
}

fails() { # STEP CLASS: it is the last that runs
    local status
    for status in 1 2 3; do
        soak $status "$1" $status "$2" keys
        [[ $(tail -n 1 "$dir/ran") == *"$1"* ]] ||
            wrong "$2: something runs behind $1: $(cat "$dir/ran")"
        grep -q "FAILED: $2, exit status $status" "$dir/out" ||
            wrong "$2: $(cat "$dir/out")"
    done
}

soak 0 '' 0
[ "$(grep -c '^fuzz --far' "$dir/ran")" = 2 ] || wrong 'not every target'
soak 77 races 0 races powerloss 3
grep -qx 'powerloss.sh build-test 3' "$dir/ran" || wrong 'it ends at 77'
for class in faults powerloss concurrency keys races memory chains; do
    fails packages $class
    fails 'build -q' $class
done
fails faults.sh faults
fails powerloss.sh powerloss
fails concurrency.sh concurrency
fails test_keygen keys
fails 'races ' races
fails test_memory memory
fails memory.sh memory
fails 'chains --planted' chains
fails 'chains --seed' chains
fails 'fuzz --list' fuzz
fails 'far first' fuzz
fails 'far last' fuzz
# All names are looked at before anything runs.
soak 0 '' 2 races 5 nonsense
[ ! -s "$dir/ran" ] || wrong 'it ran something before it complained'
grep -q 'no such class: nonsense' "$dir/out" || wrong "$(cat "$dir/out")"
