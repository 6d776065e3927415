/*
 * capget(2) and capset(2) directly: glibc has no functions for them, and libcap
 * would be one more library to depend on.
 */
#include "pki/capabilities.h"

#include <sys/syscall.h>
#include <unistd.h>

#define NAME "capabilities"

bool
capabilities_has(unsigned number)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

    /* A call that fails leaves them empty: it has none as far as we know. */
    syscall(SYS_capget, &header, data);
    return (data[0].effective & CAPABILITY(number)) != 0;
}

int
capabilities_keep(unsigned kept, struct error *error)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
    unsigned more;

    if (syscall(SYS_capget, &header, data) != 0)
        return fail_errno(error, NAME);
    more = (data[0].permitted & ~kept) | data[0].inheritable |
           data[1].permitted | data[1].inheritable;
    if (more == 0) /* a filter may refuse capset(2) already */
        return 0;
    kept &= data[0].effective;
    data[0] = (struct __user_cap_data_struct){ kept, kept, 0 };
    data[1] = (struct __user_cap_data_struct){ 0 };
    return syscall(SYS_capset, &header, data) == 0 ? 0
                                                   : fail_errno(error, NAME);
}
