#!/bin/bash
# Scripts are checked without being run: line and word of the mistakes, and no
# word about what is right.
# shellcheck source=tests/conformance/lib.sh
. "$(dirname "$0")/lib.sh"

here=tests/conformance/scripts
for release in '' '--release 3.9'; do
    # Words: none, or two.
    # shellcheck disable=SC2086
    conformance 0 check $release $here/right.yml $here/right.py \
        $here/right.txt testdata/expect/*.exp
    equal "what is right, $release" "$(cat "$dir/out" "$dir/err")" ''
done

conformance 1 check --release 3.9 $here/mistakes.yml
equal 'the five mistakes' "$(cat "$dir/out")" \
"$here/mistakes.yml:7: word 5: subAltName:cms.example.com: not an attribute: CN OU O L ST C emailAddress subjectAltName
$here/mistakes.yml:10: word 1: unknown command: disable
$here/mistakes.yml:15: word 3: ens192: not an interface: a, b, c, d, e, or lo for services
$here/mistakes.yml:21: word 4: more is missing after web.key: expected: pki match <key> <certificate>
$here/mistakes.yml:27: word 6: unexpected word: ca.crt: expected: webbridge3 https certs <key-file> <crt-fullchain-file>"

conformance 1 check $here/mistakes.py $here/session.txt
equal 'the others' "$(cut -d: -f1-3 "$dir/out")" \
"$here/mistakes.py:12: word 2
$here/mistakes.py:13: word 2
$here/mistakes.py:17: word 2
$here/session.txt:4: word 3"

# A command whose answer is asked for.
echo 'if {[mmp::command "pki match web.key"] ne "Success"} { exit 1 }' \
    >"$dir/answer.exp"
conformance 1 check "$dir/answer.exp"
equal 'in brackets' "$(cut -d: -f2-3 "$dir/out")" '1: word 4'

# A name that is not ASCII, whatever the locale; many strings take no time.
echo 'pki csr web CN:web.example.com O:Müller' >"$dir/Müller"
LC_ALL=C conformance 0 check "$dir/Müller"
LC_ALL=C conformance 2 check "$dir/Möller"
grep -q 'Möller' "$dir/err" || wrong "$(cat "$dir/err")"
{
    seq 4000 | sed 's/.*/shell.send_command("pki list")/'
    echo 'shell.send_command("pki matches")'
} >"$dir/long.py"
conformance 1 check "$dir/long.py"
equal 'the line' "$(cut -d: -f2 "$dir/out")" 4001

# What only the other release has.
echo 'webbridge enable' >"$dir/list"
conformance 0 check "$dir/list"
conformance 0 check --release 2.9 "$dir/list"
conformance 1 check --release 3.9 "$dir/list"
conformance 2 check "$dir/nosuch"
grep -q nosuch "$dir/err" || wrong 'the file is not named'
conformance 2 check "$dir"
equal 'a directory' "$(cat "$dir/err")" \
    "scripts/conformance: $dir: a directory, not a file"

# The inventory, and what two of them differ in.
conformance 0 syntax --release 2.9
cp "$dir/out" "$dir/2.9"
conformance 0 syntax --release 2.9 --json
cp "$dir/out" "$dir/2.9.json"
/usr/bin/python3 - "$dir/2.9.json" <<'END' || wrong 'syntax --json'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    inventory = json.load(file)
assert inventory["release"] == "2.9"
match, = [command for command in inventory["commands"]
          if command["usage"] == "pki match <key> <certificate>"]
assert match["slots"] == ["key", "certificate"], match
assert match["evidence"] == "RECALL", match
END
conformance 0 diff "$dir/2.9" "$dir/2.9.json"
equal 'no difference between the forms' "$(cat "$dir/out")" ''
sed 's/^RECALL  pki match/GUESS   pki match/; /pki list/d' "$dir/2.9" >"$dir/old"
conformance 0 diff "$dir/old" "$dir/2.9.json"
equal 'what differs' "$(cat "$dir/out")" \
"~ pki match <key> <certificate>: GUESS, now RECALL
+ pki list"
conformance 0 diff 2.9 3.9
grep -qx -e '- webbridge enable' "$dir/out" || wrong 'webbridge is gone in 3.9'
grep -qx -e '+ webbridge3 enable' "$dir/out" || wrong 'webbridge3 is new in 3.9'
