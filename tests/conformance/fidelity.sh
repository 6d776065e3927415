#!/bin/bash
# The page of the evidence says so when it is stale, when a line has no
# evidence, and when a line that was seen stands in no session.
# shellcheck source=tests/conformance/lib.sh
. "$(dirname "$0")/lib.sh"

# In a copy, whose sessions can be altered.
mkdir -p "$dir/tree/testdata" "$dir/tree/docs"
cp -r scripts "$dir/tree"
cp -r testdata/transcripts testdata/expect "$dir/tree/testdata"
cd "$dir/tree"
conformance 0 fidelity
conformance 0 fidelity --check
grep -q '^| .pki match. | 0 / 1 / 0 | 0 / 1 / 1 |' docs/fidelity.md ||
    wrong 'no row of pki match'

# Who calls mmp::logout does not type logout.
if grep '^| [0-9]* | GUESS | logout |' docs/fidelity.md >&2; then
    wrong 'a procedure of a script taken for a command'
fi

# All mistakes at once, and a program with a row that nobody tagged.
echo >>docs/fidelity.md
sessions=testdata/transcripts/3.9
sed -i '0,/^# Source: TAC 221729/s//# Source: hearsay/' $sessions/turn.txt
sed -i '/^# Source/d' $sessions/backup.txt
sed -i 's/^SIP Resolution /SIP resolution /' $sessions/streamer.txt
printf '#!/bin/sh\n"%s" "$@" | sed "/pki match/s/^GUESS/UNTAGGED/"\n' \
    "$MMP_PROGRAM" >"$dir/double"
chmod +x "$dir/double"
MMP_PROGRAM=$dir/double
conformance 1 fidelity --check

complains() { # WHAT
    grep -q -e "^fidelity: $1" "$dir/err" ||
        wrong "not \"$1\": $(cat "$dir/err")"
}

complains 'docs/fidelity.md is stale'
complains "$sessions/turn.txt:[0-9]*: begins with neither guess, recalled nor"
complains "$sessions/backup.txt:[0-9]*: no Source before"
complains 'seen in TAC 217320, but no session .*: SIP Resolution  '
complains '2.9: no evidence: Key and CSR match'
if grep 'SIP interfaces' "$dir/err" >&2; then
    wrong 'a line that does stand in a session'
fi
