#!/bin/bash
# The scripts may be called from any folder, by any name.
set -euo pipefail
cd "$(dirname "$0")/../../scripts"
dir=$(mktemp -d /tmp/mmp-test-XXXXXX)
trap 'rm -rf "$dir"' EXIT

wrong() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

for script in conformance build soak test fuzz coverage check bench \
    transcripts; do
    # build knows no --help, and prints its usage as well.
    "./$script" --help >"$dir/out" 2>&1 </dev/null || [ $script = build ] ||
        wrong "$script: $(cat "$dir/out")"
    grep -q "scripts/$script" "$dir/out" ||
        wrong "$script prints no usage: $(cat "$dir/out")"
done

# Files are those of the caller's folder; each belongs to a release.
cd ../testdata/transcripts/3.9
../../../scripts/transcripts backup.txt >"$dir/out" 2>&1 </dev/null ||
    wrong "transcripts: $(cat "$dir/out")"
for file in nosuch.txt ../README.md; do
    if ../../../scripts/transcripts "$file" >"$dir/out" 2>&1 </dev/null; then
        wrong "transcripts $file: no complaint"
    fi
done
