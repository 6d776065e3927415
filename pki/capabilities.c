/*
 * By system calls of Linux's: glibc has none, and libcap would be a library
 * more.
 */
#include "pki/capabilities.h"

#include <sys/syscall.h>
#include <unistd.h>

#define NAME "capabilities"

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
    if (more == 0) /* behind a filter, which allows no change, this is due */
        return 0;
    kept &= data[0].effective;
    data[0] = (struct __user_cap_data_struct){ kept, kept, 0 };
    data[1] = (struct __user_cap_data_struct){ 0 };
    return syscall(SYS_capset, &header, data) == 0 ? 0
                                                   : fail_errno(error, NAME);
}
