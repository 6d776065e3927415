#!/bin/bash
# The program without a terminal: one command, a batch, the exit statuses, the
# streams.  R numbers are requirements of programs that drive a console.
#
# usage: tests/console.sh build-directory
set -uo pipefail
source=$(readlink -f "${0%/*}/..")
build=$(readlink -f "${1:?build directory}")
mmp=$build/bin/mmp
scratch=$(mktemp -d /tmp/mmp-test-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
state=$scratch/state
unset MMP_STATE MMP_CONFIG SSH_ORIGINAL_COMMAND XDG_CONFIG_HOME XDG_STATE_HOME
export HOME=$scratch/home INPUTRC=/dev/null
mkdir -p "$HOME/.config/openmmp"
echo 'diagnostics = false;' >"$HOME/.config/openmmp/mmp.cfg"
cd "$scratch" || exit 1
failures=0

# expect NAME STATUS STDOUT [with INPUT] COMMAND...: exactly that, and nothing
# on stderr.  Of the input printf's escapes are understood.
expect() {
    local name=$1 status=$2 want=$3 got
    shift 3
    got=$(
        if [ "$1" = with ]; then
            printf '%b' "$2" | timeout 60 "${@:3}" 2>errors
        else
            timeout 60 "$@" 2>errors </dev/null
        fi
        echo "status $?x"
    )
    if [ "$got" != "${want}status ${status}x" ] || [ -s errors ]; then
        printf '%s: FAILED\n  wanted %q\n  got    %q\n  stderr %q\n' "$name" \
            "${want}status ${status}x" "$got" "$(cat errors)"
        failures=$((failures + 1))
    fi
}

# refuse NAME STDERR-PART COMMAND...: status 2, nothing on stdout.
refuse() {
    local name=$1 part=$2 got status
    shift 2
    got=$(timeout 60 "$@" 2>errors </dev/null)
    status=$?
    if [ $status != 2 ] || [ -n "$got" ] || ! grep -qF -- "$part" errors; then
        printf '%s: FAILED\n  status %s stdout %q\n  stderr %q\n' "$name" \
            "$status" "$got" "$(cat errors)"
        failures=$((failures + 1))
    fi
}

# check NAME CONDITION...
check() {
    local name=$1
    shift
    if ! "$@"; then
        echo "$name: FAILED: $*"
        failures=$((failures + 1))
    fi
}

heading='User supplied certificates and keys:'
question='Are you sure you wish to reboot? (Y/n)'
usage='pki match <key> <certificate>'

# R1, R2, R3: one command, its output and nothing else; every outcome is 0.
expect 'R1 success' 0 "$heading"$'\n' "$mmp" -d "$state" -c 'pki list'
expect 'R2 unknown' 0 $'unknown command: disable\n' \
    "$mmp" -d "$state" -c 'disable webadmin'
expect 'R2 usage' 0 "$usage"$'\n' "$mmp" -d "$state" -c 'pki match a'
expect 'R2 failure' 0 $'x: no such file\n' "$mmp" -d "$state" -c 'rm x'
expect 'R2 nothing' 0 '' "$mmp" -d "$state" -c ''
expect 'R6 blanks' 0 "$heading"$'\n' "$mmp" -d "$state" -c $' pki\t "list"  \n'
expect 'an empty word' 0 $'unknown command: ""\n' "$mmp" -d "$state" -c '""'
expect 'an empty name' 0 \
    $'"": not a basename: letters, digits, hyphens and underscores only, 200 at most\n' \
    "$mmp" -d "$state" -c 'pki sign "" ca'
expect 'R2 exit' 0 '' "$mmp" -d "$state" -c exit

# R5: the status tells, and a batch stops.
expect 'R5 -e success' 0 "$heading"$'\n' "$mmp" -d "$state" -e -c 'pki list'
expect 'R5 -e unknown' 1 $'unknown command: foo\n' "$mmp" -d "$state" -e -c foo
expect 'R5 -e usage' 1 "$usage"$'\n' "$mmp" -d "$state" -e -c 'pki match a'
expect 'R5 -e failure' 1 $'x: no such file\n' "$mmp" -d "$state" -e -c 'rm x'
expect 'R5 -e batch' 1 $'cms\nx: no such file\n' \
    with 'hostname\nrm x\nhostname\n' "$mmp" -d "$state" -eq
expect 'R2 batch' 0 $'cms\nx: no such file\ncms\n' \
    with 'hostname\nrm x\nhostname\n' "$mmp" -d "$state" -q
expect 'R5 -e good batch' 0 $'cms\ncms\n' \
    with 'hostname\n\nhostname' "$mmp" -d "$state" -eq
check 'R5 no history' test ! -e "$state/private/history"

# R13: prompts are kept, nothing is echoed.  R7: CRLF and CR.
expect 'R13 prompts' 0 $'cms> cms\ncms> cms> cms\ncms> ' \
    with 'hostname\n\nhostname\n' "$mmp" -d "$state"
expect 'R7 line ends' 0 $'cms> cms\ncms> cms\ncms> cms\ncms> ' \
    with 'hostname\r\nhostname\rhostname' "$mmp" -d "$state"
expect 'R14 exit' 0 $'cms> cms> ' \
    with '\nexit\nhostname\n' "$mmp" -d "$state"

# R5: what was said is out before the next command is waited for.
mkfifo to from
timeout 60 "$mmp" -d "$state" -q <to >from &
exec 3>to 4<from
for _ in 1 2; do
    echo hostname >&3
    IFS= read -r -t 30 -u 4 line
    check 'R5 flush' test "$line" = cms
done
exec 3>&- 4<&-
wait $!
check 'R14 end of input' test $? = 0

# R14: a batch ends between two commands when it is told to.  Not under
# timeout(1): it tells its whole group, and so the leak checker of the build
# with the sanitisers, which then never ends.
has_ended() {
    ! kill -0 "$1" 2>/dev/null
}
mkfifo slow
"$mmp" -d "$state" -q <slow >slow.out &
pid=$!
exec 3>slow
echo hostname >&3
for _ in {1..300}; do
    [ -s slow.out ] && break
    sleep 0.1
done
kill -TERM $pid
for _ in {1..300}; do
    has_ended $pid && break
    sleep 0.1
done
check 'R14 SIGTERM' has_ended $pid
exec 3>&-
wait $pid
check 'R14 SIGTERM, its status' test $? = 0
check 'R14 SIGTERM, what was said' test "$(cat slow.out)" = cms

# Bad starts are 2, on stderr.
printf 'release = "1.0";\n' >release.cfg
printf 'key_bits = "many";\n' >type.cfg
printf 'hostname = \n' >syntax.cfg
printf 'colour = "red";\n' >unknown.cfg
refuse 'bad option' usage: "$mmp" -x
refuse 'missing argument' usage: "$mmp" -c
refuse 'a command to check' usage: "$mmp" --check -c 'pki list'
refuse 'stray argument' usage: "$mmp" -d "$state" pki
refuse 'bad release' 'no such release: 1.0; there are: 2.9 3.9' "$mmp" -d "$state" -r 1.0 -c ls
refuse 'bad release in a file' release.cfg "$mmp" -d "$state" -f release.cfg
refuse 'ill-typed key' type.cfg "$mmp" -d "$state" -f type.cfg -c ls
refuse 'syntax' syntax.cfg "$mmp" -d "$state" -f syntax.cfg -c ls
refuse 'unknown key' unknown.cfg "$mmp" -d "$state" -f unknown.cfg -c ls
refuse 'endless file' 'larger than 16 MiB' "$mmp" -d "$state" -f /dev/zero -c ls
refuse 'no such file' missing.cfg "$mmp" -d "$state" -f missing.cfg -c ls
refuse 'no state' 'no state directory' "$mmp" -d '' -c ls
refuse 'bad state' mmp: "$mmp" -d /dev/null/x -c ls
refuse 'no place for a state' 'mmp: /proc/x/y: ' "$mmp" -d /proc/x/y -c ls
expect 'release' 0 $'3.9 (openmmp '"$("$mmp" -V | cut -d' ' -f2)"$')\n' \
    "$mmp" -d "$state" -r 3.9 -c version
for option in -h --help; do
    "$mmp" $option >help.out 2>errors
    check "$option: status" test $? = 0
    check "$option" grep -q ^usage: help.out
    check "$option: options" test "$(grep -c '^  -' help.out)" = 16
    check "$option: nothing on stderr" test ! -s errors
done
expect 'version' 0 "$("$mmp" -V)"$'\n' "$mmp" --version

# Where the state is: -d, MMP_STATE, the configuration, the user's place.
lists() {
    local where=$1
    shift
    mkdir -p "$where/files"
    : >"$where/files/${where##*/}.key"
    expect "state: ${where##*/}" 0 "${where##*/}.key"$'\n' "$@" -c ls
}
printf 'state = "%s";\ndiagnostics = false;\n' "$scratch/configured" >state.cfg
lists "$scratch/given" env MMP_STATE="$scratch/other" "$mmp" -f state.cfg \
    -d "$scratch/given"
lists "$scratch/named" env MMP_STATE="$scratch/named" "$mmp" -f state.cfg
lists "$scratch/configured" "$mmp" -f state.cfg
lists "$scratch/configured" env MMP_CONFIG=state.cfg "$mmp"
mkdir -p "$HOME/.config/openmmp"
cp state.cfg "$HOME/.config/openmmp/mmp.cfg"
lists "$scratch/configured" "$mmp"

# Settings that the first release with services wrote, in both releases; and a
# change leaves the rest of them as it is.
golden=$source/testdata/settings/version-1-services
printf 'port_offset = 0;\ndiagnostics = false;\n' >offset.cfg
for release in 2.9 3.9; do
    mkdir -p "$scratch/golden-$release/private"
    cp "$golden" "$scratch/golden-$release/private/settings"
    expect "settings of version 1: $release" 0 "$(cat "$golden.$release")"$'\n' \
        with "$(cat "$golden.commands")" \
        "$mmp" -q -d "$scratch/golden-$release" -f offset.cfg -r "$release"
    "$mmp" -d "$scratch/golden-$release" -r "$release" -c 'timezone Etc/UTC'
    sed -i 's,Etc/UTC,Europe/Berlin,' "$scratch/golden-$release/private/settings"
    check "settings of version 1: $release, changed" diff <(sort "$golden") \
        <(sort "$scratch/golden-$release/private/settings")
done

# As sshd starts it: a login shell, and a forced command.
login() {
    (exec -a -mmp "$mmp" "$@")
}
export -f login
export mmp MMP_STATE=$state
expect 'R1 login shell' 0 $'cms> cms\ncms> ' \
    with 'hostname\n' bash -c login
expect 'R1 login shell -c' 0 $'cms\n' bash -c 'login -c hostname'
expect 'R1 forced command' 0 $'cms\n' \
    env SSH_ORIGINAL_COMMAND=hostname "$mmp"
expect 'R1 no forced command' 0 $'cms\n' \
    with 'hostname\n' env SSH_ORIGINAL_COMMAND= "$mmp" -q
expect 'R1 -c goes first' 0 $'cms\n' \
    env SSH_ORIGINAL_COMMAND=ls "$mmp" -c hostname

# R1: the same bytes with a terminal, but for CRLF.
at_terminal() {
    /usr/bin/python3 -c 'import os, pty, sys
status = pty.spawn(sys.argv[1:], lambda fd: os.read(fd, 65536),
                   lambda fd: b"")
sys.exit(os.waitstatus_to_exitcode(status))' "$@"
}
export -f at_terminal
for command in 'pki list' 'help pki' foo 'pki match a' version hostname; do
    plain=$("$mmp" -c "$command" </dev/null 2>errors)
    want=${plain//$'\n'/$'\r\n'}$'\r\n'
    expect "R1 terminal: $command" 0 "$want" \
        bash -c 'at_terminal "$@" </dev/null' - "$mmp" -c "$command"
done

# R19: an answer from standard input; its end is none.
expect 'R19 Y' 0 "$question"$'\nRebooting...\n' with 'Y\n' "$mmp" -c reboot
expect 'R19 y' 0 "$question"$'\nCancelled\n' with 'y\n' "$mmp" -c reboot
expect 'R19 end' 0 "$question"$'\nCancelled\n' with '' "$mmp" -c reboot
expect 'R19 -e' 1 "$question"$'\nCancelled\n' with 'n\n' "$mmp" -e -c reboot
expect 'R19 batch' 0 "cms> $question"$'\nCancelled\n'"cms> $question"$'\nRebooting...\n' \
    with 'reboot\nn\nreboot\nY\nhostname\n' "$mmp"

# The same where the question stands above, and a batch of S3.8.
cp "$source"/testdata/pki/{dbserver.key,dbserver.crt,dbca.crt} "$state/files/"
for end in key crt; do
    cp "$source/testdata/pki/dbuser.$end" "$state/files/dbclient.$end"
done
certs='database cluster certs dbserver.key dbserver.crt dbclient.key dbclient.crt'
attach='WARNING!!!
Are you sure you wish to attach this node to an existing database cluster? (Y/n)
The contents of this node'\''s database will be destroyed!
'
expect 'S3.8 too early' 0 $'database cluster: client certificate is not set\n' \
    with 'Y\n' "$mmp" -c 'database cluster join 192.0.2.1'
expect 'S3.8 certs' 0 $'Certificates updated\nInterface updated\n' \
    with "$certs dbca.crt\ndatabase cluster localnode a\n" "$mmp" -q
expect 'S3.9 another CN' 1 $'dbserver.crt: the CN of the certificate must be '\
$'postgres\n' \
    "$mmp" -e -c 'database cluster certs dbserver.key dbserver.crt dbca.crt'
expect 'R19 join y' 0 "$attach"$'Cancelled\n' \
    with 'y\n' "$mmp" -c 'database cluster join 192.0.2.1'
expect 'R19 join end' 0 "$attach"$'Cancelled\n' \
    with '' "$mmp" -c 'database cluster join 192.0.2.1'
expect 'R19 join batch' 0 "cms> $attach"$'Cancelled\ncms> cms\ncms> ' \
    with 'database cluster join 192.0.2.1\nn\nhostname\n' "$mmp"
for copy in server.key client.key server.crt client.crt ca.crt; do
    check "S3.8 copy of $copy" test \
        "$(stat -c %a "$state/private/database-$copy")" = 600
done
check 'S3.8 nothing else' test ! -e "$state/private/database"
expect 'S3.8 certs none' 0 $'Certificates updated\n' \
    "$mmp" -c 'database cluster certs none'
check 'S3.8 no copies' test ! -e "$state/private/database-server.key"
cp "$source/testdata/pki/encrypted.key" "$state/files/e.key"
expect 'hidden, wrong' 0 $'Please enter password:\ne.key: wrong password\n' \
    with 'hunter2\n' "$mmp" -c 'pki unlock e.key'
expect 'hidden, end' 0 $'Please enter password:\nCancelled\n' \
    with '' "$mmp" -c 'pki unlock e.key'
expect 'hidden' 0 $'Please enter password:\nUnlocked key file e.key\n' \
    with 'secret\n' "$mmp" -c 'pki unlock e.key'

cp "$source/testdata/pki/leaf.p12" "$state/files/admin.pub"
expect 'ssh key, wrong' 0 $'Please enter password:\nadmin.pub: wrong password\n' \
    with 'hunter2\n' "$mmp" -c 'pki pkcs12-to-ssh admin'
expect 'ssh key' 0 $'Please enter password:\nCreated ssh public key admin.pub\n' \
    with 'secret\n' "$mmp" -c 'pki pkcs12-to-ssh admin'
check 'ssh key: for ssh' ssh-keygen -l -f "$state/files/admin.pub" >/dev/null

# A key that another session has replaced while the password was asked for.
cp "$source/testdata/pki/encrypted.key" "$state/files/two.key"
mkfifo answer
"$mmp" -c 'pki unlock two.key' <answer >unlock.out &
exec 3>answer
for _ in {1..300}; do
    [ -s unlock.out ] && break
    sleep 0.1
done
"$mmp" -c 'pki csr two CN:two' >/dev/null
echo secret >&3
exec 3>&-
wait $!
check 'unlock: not an old key' test \
    "$("$mmp" -c 'pki match two.key two.csr')" = 'Key and CSR match'
check 'unlock: says so' grep -qx 'two.key: the key is not encrypted' unlock.out

# A closed or full output is noticed, and nothing that is kept is hit by it.
"$mmp" -c hostname >&-
check 'closed stdout' test $? = 1
"$mmp" -c hostname >/dev/full 2>full.err
check 'full stdout' test $? = 1
"$mmp" -V >/dev/full 2>>full.err
check 'full stdout of an option' test $? = 1
check 'full stdout: says so' test \
    "$(grep -cx 'mmp: the answer could not be written' full.err)" = 2
{ head -c 100000 /dev/zero | tr '\0' '\n' | "$mmp"; } >/dev/full
check 'full stdout, and then nothing more to say' test $? = 1
"$mmp" -c 'hostname renamed' >&- 2>&- <&-
check 'closed streams: nothing but the change' \
    grep -q renamed "$state/private/settings"
check 'closed streams: no words in it' \
    test -z "$(grep -rl 'reboot is required' "$state")"
# shellcheck disable=SC2016 # the inner shell knows it, too
expect 'closed stdin' 0 'cms> ' bash -c '"$mmp" <&-'

# R10, 64 KiB and a mebibyte in one line.
long=$(printf 'x%.0s' {1..65536})
expect 'R10 long' 0 "unknown command: $long"$'\n' \
    with "$long\\n" "$mmp" -q
# shellcheck disable=SC2016
expect 'R10 too long' 0 $'line too long\ncms\n' \
    bash -c '(head -c 1048577 /dev/zero | tr "\0" y; echo; echo hostname) |
        "$mmp" -q'

# R22: what -t writes is a session that the player plays.
mkdir "$scratch/recorder"
cp "$state/files/e.key" locked.key
printf '%s\n' 'pki csr www CN:www.example.com' 'pki list' foo \
    'pki match www.key www.csr' reboot n exit |
    timeout 60 "$mmp" -t -d "$scratch/recorder" >recorded.txt 2>errors
check 'R22 recorded' grep -qx 'cms> pki csr www CN:www.example.com' recorded.txt
check 'R22 answer' grep -qx "${question//[?()]/.}n" recorded.txt
if ! "$build/bin/transcript" 2.9 recorded.txt; then
    echo 'R22 played back: FAILED'
    cat recorded.txt
    failures=$((failures + 1))
fi

# Hints, and what is ours: there by default, and nowhere in the appliance's
# answers.
echo '# the default' >hints.cfg
files=$scratch/hints/files
mkdir -p "$files"
cp "$source"/testdata/pki/{glued.crt,leaf.crt,cn-only.crt,expired.crt} "$files"
hinted=("$mmp" -f hints.cfg -d "$scratch/hints")
words='Checking ssh public keys...not found
Checking user configured certificates and keys...found
glued.crt: line 23: END and BEGIN are on one line, a line break is missing between them
'
hint='HINT: glued.crt (line 23) has END and BEGIN on one line: the files were joined without a line break, and no service can read any certificate in it; put each on its own line [bundle-glued]
'
line=$(grep -n 'END.*BEGIN' "$files/glued.crt" | cut -d: -f1)
words=${words//23/$line} hint=${hint//23/$line}
expect 'hint: -c' 0 "$words$hint" "${hinted[@]}" -c 'pki inspect glued.crt'
expect 'hint: stdin' 1 "$words$hint" with 'pki inspect glued.crt\n' \
    "${hinted[@]}" -q -e
expect 'hint: -n' 0 "$words" "${hinted[@]}" -n -c 'pki inspect glued.crt'
copied=$'leaf\xe2\x80\x8b.key'
said="$copied: no such file
HINT: $copied: copied with a zero width space (U+200B), which nobody sees: type \
it anew [word-copied]
"
expect 'hint: copied, -c' 0 "$said" "${hinted[@]}" -c "pki match $copied x"
expect 'hint: copied' 0 "$said" with "pki match $copied x\n" "${hinted[@]}" -q

# A process for one file does without some of what a session has of OpenSSL.
for file in encrypted.key encrypted-traditional.key encrypted-legacy.key \
    encrypted.der leaf.p12 leaf-legacy.p12 ec-keyonly.p12 leaf.key ec.key \
    ed25519.crt leaf.crt leaf.csr revoked.crl key-and-cert.crt; do
    cp "$source/testdata/pki/$file" "$files"
    "${hinted[@]}" -c "pki inspect $file" >alone.txt 2>&1
    "${hinted[@]}" -q <<<"pki inspect $file" >session.txt 2>&1
    check "inspect: $file alone" cmp alone.txt session.txt
    check "inspect: $file is shown" test -s alone.txt
    rm "$files/$file"
done
cp "$source/testdata/pki/leaf.crt" "$files"
expect 'hint: diagnostics = false' 0 "$words" \
    "$mmp" -d "$scratch/hints" -f offset.cfg -c 'pki inspect glued.crt'
expect 'doctor: nothing' 0 $'No fault found\n' \
    "${hinted[@]}" -e -c 'pki doctor leaf.crt'
expect 'doctor: JSON' 0 '{"findings":[],"left_out":0}'$'\n' \
    "${hinted[@]}" --json -e -c 'pki doctor leaf.crt'
for pair in leaf.crt:0 cn-only.crt:3 expired.crt:1; do
    "${hinted[@]}" -e -c "pki doctor ${pair%:*}" >/dev/null
    check "doctor: status of $pair" test $? = "${pair#*:}"
    "${hinted[@]}" -c "pki doctor ${pair%:*}" >/dev/null
    check "doctor: without -e, $pair" test $? = 0
    "${hinted[@]}" --json -c "pki doctor ${pair%:*}" |
        /usr/bin/python3 -c 'import json, sys
for finding in json.load(sys.stdin)["findings"]:
    assert finding["severity"] in ("note", "warning", "error")
    assert finding["file"] and finding["text"] and finding["id"]'
    check "doctor: JSON of $pair" test $? = 0
done
"${hinted[@]}" -e -c 'pki expiry' >/dev/null
check 'expiry: status' test $? = 1
first=$("${hinted[@]}" --json -c 'pki expiry' | /usr/bin/python3 -c '
import json, sys
print(json.load(sys.stdin)["certificates"][0]["file"])')
check 'expiry: JSON' test "$first" = expired.crt
cp "$source/testdata/pki/leaf.key" "$files"
"${hinted[@]}" -c 'webadmin certs leaf.key glued.crt' >/dev/null
first=$("${hinted[@]}" --json -c 'pki expiry 0' | /usr/bin/python3 -c '
import json, sys
entry = json.load(sys.stdin)["certificates"][0]
print(entry["file"], entry["what"], entry["used_by"], len(entry))')
check 'expiry: JSON of what can not be read' \
    test "$first" = 'glued.crt unread webadmin 3'
expect 'doctor: a failure in JSON' 1 '{"error":"no.crt: neither a file nor a service"}'$'\n' \
    "${hinted[@]}" --json -e -c 'pki doctor no.crt'
expect 'expiry: a failure in JSON' 1 '{"error":"x: not a number from 0 to 999999999"}'$'\n' \
    "${hinted[@]}" --json -e -c 'pki expiry x'
expect 'JSON: arguments' 1 '{"error":"usage: pki expiry [<days>]"}'$'\n' \
    "${hinted[@]}" --json -e -c 'pki expiry 1 2'
expect 'JSON: no command' 1 '{"error":"unknown command: pkii"}'$'\n' \
    "${hinted[@]}" --json -e -c 'pkii doctor'
expect 'JSON: no command to help with' 1 \
    '{"error":"unknown command: foo"}'$'\n' \
    "${hinted[@]}" --json -e -c 'help foo'
expect 'JSON: help with arguments' 1 '{"error":"usage: pki list"}'$'\n' \
    "${hinted[@]}" --json -e -c 'pki list x ?'
expect 'JSON: a quote' 1 '{"error":"missing closing double quote"}'$'\n' \
    "${hinted[@]}" --json -e -c 'pki doctor "a'
expect 'JSON: no hint' 1 \
    '{"error":"pki/x: not a basename: letters, digits, hyphens and underscores only, 200 at most"}'$'\n' \
    "${hinted[@]}" --json -e -c 'pki csr pki/x CN:x'
expect 'JSON: no hint of words' 1 \
    '{"error":"CN=x: not an attribute: CN OU O L ST C emailAddress subjectAltName"}'$'\n' \
    "${hinted[@]}" --json -e -c 'pki csr x CN=x'
"$mmp" -n -f hints.cfg -d "$scratch/hints" -e -c 'pki doctor' >/dev/null
check 'doctor: not with -n' test $? = 1

# The system's accounts are seen from behind the walls.
expect 'an account of the system' 1 \
    $'daemon: user already exists\n' \
    "$mmp" -e -d "$scratch/accounts" -c 'user add daemon audit'

echo "console.sh: $failures failures"
[ $failures = 0 ]
