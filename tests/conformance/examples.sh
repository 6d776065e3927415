#!/bin/bash
# The scripts that we give to users do what they say: strangers see the
# certificates that they bring.
# shellcheck source=tests/conformance/lib.sh
. "$(dirname "$0")/lib.sh"

n=$$
address=127.$((20 + n / 62500 % 40)).$((1 + n / 250 % 250)).$((1 + n % 250))
printf 'interfaces = { a = "%s"; };\ndiagnostics = false;\n' "$address" \
    >"$dir/mmp.cfg"
# Nobody but root has the ports of the scripts; then ours are higher.
offset=0
if [ "$(id -u)" = 0 ]; then
    echo 'port_offset = 0;' >>"$dir/mmp.cfg"
else
    echo 'port_offset = 10000;' >>"$dir/mmp.cfg"
    offset=10000
fi
mmp=("$MMP_PROGRAM" -d "$dir/state" -f "$dir/mmp.cfg" -r 3.9)
end() {
    echo Y | "${mmp[@]}" -c shutdown >/dev/null || true
    rm -rf "$dir"
}
trap end EXIT

run() { # SCRIPT ARGUMENT...
    local script=$1
    shift
    timeout 100 expect -f "testdata/expect/$script.exp" -- "$@" "${mmp[@]}" \
        </dev/null >"$dir/out" 2>&1 || wrong "$script: $(cat "$dir/out")"
}

# The serial number that a stranger sees on a port, verified by our CA.
serial() {
    local port=$1
    [ "$port" -gt 1024 ] || port=$((port + offset))
    openssl s_client -connect "$address:$port" -CAfile "$dir/ca/ca.crt" \
        -verify_return_error </dev/null 2>"$dir/err" |
        openssl x509 -noout -serial 2>>"$dir/err" ||
        wrong "port $1: $(cat "$dir/err")"
}

everywhere() { # WHAT CERTIFICATE
    local want port
    want=$(openssl x509 -noout -serial -in "$2")
    for port in 445 443 5061 9999 447; do
        # c2w wants a certificate of its client; the others serve anybody.
        [ "$port" = 9999 ] || equal "$1: port $port" "$(serial "$port")" "$want"
    done
}

run provision "$dir/ca" cms.example.com
cp "$dir/ca/cms.crt" "$dir/first.crt"
everywhere provision "$dir/first.crt"
run renew "$dir/ca"
everywhere renew "$dir/ca/cms.crt"
if cmp -s "$dir/first.crt" "$dir/ca/cms.crt"; then
    wrong 'renew: the same certificate'
fi
run rotate "$dir/ca" cms.example.com cms cms-2027
everywhere rotate "$dir/ca/cms-2027.crt"
equal 'rotate leaves no old file' "$("${mmp[@]}" -c 'pki list')" \
"User supplied certificates and keys:
ca.crt
cms-2027-fullchain.crt
cms-2027.crt
cms-2027.csr
cms-2027.key"

# A refusal ends a script, which says what was refused.
"${mmp[@]}" -c 'webadmin disable' >/dev/null
if timeout 100 expect -f testdata/expect/renew.exp -- "$dir/ca" "${mmp[@]}" \
    </dev/null >"$dir/out" 2>&1; then
    wrong 'renew: no complaint'
fi
grep -q 'no such file' "$dir/out" || wrong "$(cat "$dir/out")"
