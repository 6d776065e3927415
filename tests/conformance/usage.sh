#!/bin/bash
# A wrong call of the kit gives one line that says what is wrong, nothing else.
# shellcheck source=tests/conformance/lib.sh
. "$(dirname "$0")/lib.sh"

refused() { # WORD OPTION...: the word is in the line
    local word=$1
    shift
    conformance 2 "$@"
    equal "$*: standard output" "$(cat "$dir/out")" ''
    equal "$*: lines" "$(wc -l <"$dir/err")" 1
    grep -q "^scripts/conformance: .*$word" "$dir/err" ||
        wrong "$*: $(cat "$dir/err")"
}

refused nonsense nonsense
refused --nonsense play --nonsense
refused --timeout play --timeout
refused 'a while' play --timeout 'a while'
refused 'ssh:' play --target ssh:
refused neither play --set neither
refused prefix play --prefix ''
refused prefix play --prefix '*'
refused prefix play --prefix -x
refused 7.5 play --release 7.5
refused nowhere.txt play nowhere.txt
refused nowhere.yml check nowhere.yml
refused 7.5 syntax --release 7.5
refused more syntax more
refused more fidelity more
refused nowhere diff 2.9 nowhere
refused nobody adopt nowhere.txt nobody
refused 'a name' record local a/b

conformance 0 --help
mv "$dir/out" "$dir/help"
conformance 2
equal 'without a word, the usage' "$(cat "$dir/err")" "$(cat "$dir/help")"
for subcommand in scripts/kit/do_*.tcl; do
    subcommand=${subcommand##*do_}
    grep -q "scripts/conformance ${subcommand%.tcl} " "$dir/help" ||
        wrong "--help does not know ${subcommand%.tcl}"
done
