#!/bin/bash
# A session that is recorded plays back, and gives no secret away.
# shellcheck source=tests/conformance/lib.sh
. "$(dirname "$0")/lib.sh"

out=$dir/3.9/trial.txt
timeout 100 expect -f tests/conformance/record.exp scripts/conformance "$out" \
    </dev/null
if grep -e Hush -e 10.20.30.40 -e $'[\b\r\e]' "$out" >&2; then
    wrong 'that should not be there'
fi
equal 'how it begins' "$(head -8 "$out" | sed 's/2[0-9-]*, version.*/DATE/')" \
"# Source: guess; recorded DATE
# Hostname: cms
cms> pki csr web CN:web.example.com
{dots}
{dots}
Created key file web.key and CSR web.csr
CSR file web.csr ready for download via SFTP
cms> pki list"
grep -qx 'Password                : {\*}' "$out" || wrong 'no password line'
grep -qx 'cms> turn public-ip 192.0.2.1' "$out" || wrong 'no address'
grep -qx 'Are you sure you wish to reboot? (Y/n)n' "$out" || wrong 'no answer'
conformance 0 play --timeout 60 "$out"
equal 'it plays back' "$(grep -c '^ok' "$dir/out") $(grep -c '^not ok' \
    "$dir/out")" '12 0'
