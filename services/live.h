/*
 * live.json: the settings in the shape in which the real appliance shows its
 * own to SFTP clients.  SEEN of it is the part of the interfaces' IPv4
 * addresses (Cisco TAC 214745); more is not made up.
 */
#ifndef SERVICES_LIVE_H
#define SERVICES_LIVE_H

#include "pki/blob.h"
#include "services/settings.h"

/* Appends the text; ends with a line break. */
void live_format(const struct settings *settings, struct blob *ret);

#endif
