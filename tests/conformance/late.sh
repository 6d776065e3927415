#!/bin/bash
# A connection that others share shows the prompt before its ssh(1) has switched
# the echo of its own terminal off: nothing is typed before that.
# shellcheck source=tests/conformance/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir "$dir/3.9" "$dir/bin"
printf '%s\n' '# Source: TAC 217320' 'cms> hostname' 'cms1' \
    >"$dir/3.9/late.txt"
cat >"$dir/bin/ssh" <<'END'
#!/bin/bash
case " $* " in
*' -M '*)
    socket=${2#ControlPath=}
    : >"$socket"
    read -r
    ;;
*' -tt '*)
    printf 'cms> '
    sleep "$LATE"
    stty -echo
    while read -r typed && [ "$typed" != exit ]; do
        printf '%s\r\ncms1\r\ncms> ' "$typed"
    done
    ;;
esac
END
chmod +x "$dir/bin/ssh"

play() { # LATE POINT STATUS PATIENCE
    LATE=$1 PATH=$dir/bin:$PATH conformance "$3" play --reset true --yes \
        --target ssh:admin@late.test --timeout "$4" "$dir/3.9/late.txt"
    equal "echo for $1 s" "$(grep -E '^(not )?ok' "$dir/out")" "$2"
}
play 0.5 'ok 1 - 3.9/late:2 hostname' 0 20
play 30 'ok 1 - 3.9/late:2 hostname # SKIP ssh leaves the echo of its terminal on' 2 2
