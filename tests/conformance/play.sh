#!/bin/bash
# The sessions fit the program whose services really run, in both releases, in
# a session and one command a run.
# shellcheck source=tests/conformance/lib.sh
. "$(dirname "$0")/lib.sh"

for release in 2.9 3.9; do
    conformance 0 play --release "$release" --timeout 60
    if grep '^not ok' -A 9 "$dir/out" >&2; then
        wrong "release $release differs"
    fi
    # Only what needs a double of the services is left out.
    if grep '# SKIP' "$dir/out" | grep -v '# SKIP only a double can' >&2; then
        wrong "release $release: skipped"
    fi
    [ "$(grep -c '^ok .* - '"$release"'/' "$dir/out")" -gt 400 ] ||
        wrong "release $release: hardly anything was played"
done
conformance 0 play --release 3.9 --set shell --exec --timeout 60
if grep '^not ok' -A 9 "$dir/out" >&2; then
    wrong 'one command a run: differs'
fi
