#!/bin/bash
# For tests that mount something, to be sourced: starts the test anew in a mount
# namespace of its own, so that its mounts end with it however it ends.  Gives
# it skip() as well.
skip() { # REASON
    echo "${0##*/}: skipped: $*"
    exit 77
}
if [ "${IN_NAMESPACE-}" != yes ]; then
    [ "$(id -u)" = 0 ] || skip 'only root may mount'
    unshare -m true 2>/dev/null || skip 'no mount namespaces here'
    IN_NAMESPACE=yes exec unshare -m --propagation private "$0" "$@"
fi
