/*
 * The documents that the tables and the transcripts go back to: one row each.
 */
#include "services/source.h"

#include <stddef.h>
#include <string.h>

const struct source sources[] = {
    { "TAC 210441", "Cisco TAC 210441: H.323 and SIP on CMS", CMS_2 },
    { "TAC 210530", "Cisco TAC 210530: Call Bridge database cluster" },
    { "TAC 210800", "Cisco TAC 210800: WebRTC proxy with CMS over Expressway",
      CMS_2 },
    { "TAC 213479", "Cisco TAC 213479: XMPP resiliency, 2.x", CMS_2 },
    { "OCR 213479", "The screenshots of Cisco TAC 213479, read by OCR", CMS_2 },
    { "TAC 213821", "Cisco TAC 213821: single combined CMS, 2.3", CMS_2 },
    { "TAC 214618", "Cisco TAC 214618: generate CSR and apply certificates" },
    { "TAC 214620", "Cisco TAC 214620: upgrade and downgrade, 2.x", CMS_2 },
    { "TAC 214745", "Cisco TAC 214745: IP routing rules, 2.3", CMS_2 },
    { "TAC 216549", "Cisco TAC 216549: renew database cluster certificates" },
    { "TAC 217201", "Cisco TAC 217201: content security policy, 3.2", CMS_3 },
    { "TAC 217320", "Cisco TAC 217320: streamer and uploader, 3.x", CMS_3 },
    { "TAC 217367", "Cisco TAC 217367: scheduler, 3.3", CMS_3 },
    { "TAC 217375", "Cisco TAC 217375: check the MTU" },
    { "TAC 218117", "Cisco TAC 218117: MeetingApps, 3.5", CMS_3 },
    { "TAC 221698", "Cisco TAC 221698: CMS and CUCM, 3.8", CMS_3 },
    { "TAC 221729", "Cisco TAC 221729: CMS Edge, 3.8", CMS_3 },
    { "TAC 221776", "Cisco TAC 221776: AV1, 3.9", CMS_3 },
    { "TAC 222766", "Cisco TAC 222766: conference bridge on CUCM" },
    { "TAC 225405", "Cisco TAC 225405: recorder, 3.12", CMS_3 },
    { "lab pod 2", "cmslab.ciscolive.com, pod 2: the Web Bridge, 2.x", CMS_2 },
    { "notes 2023", "Public notes on a CMS deployment, GitHub, 2023", CMS_3 },
    { "playbook 2.x",
      "Public Ansible playbook for 2.x: "
      "github.com/oigarash-cisco/ansible_cisco_cms",
      CMS_2 },
    { "playbook 3.8",
      "Public Ansible playbook, tested on 3.8: github.com/"
      "andrei-madalin/Deploy_Cisco_CMS_with_Ansible",
      CMS_3 },
    { "script 3.x", "Public Python script for 3.x, one command a channel",
      CMS_3 },
    { NULL },
};

const char *
evidence_name(enum evidence evidence)
{
    static const char *const names[] = { "UNTAGGED", "GUESS", "RECALL",
                                         "SEEN" };

    return names[evidence];
}

/* The first document of *ids, and on to the next; NULL when there is no such
   one. */
static const struct source *
next_source(const char **ids)
{
    size_t size = strcspn(*ids, ",");
    const struct source *source;

    for (source = sources; source->id != NULL; source++)
        if (strlen(source->id) == size && memcmp(source->id, *ids, size) == 0)
            break;
    *ids += size;
    if (strncmp(*ids, ", ", 2) == 0)
        *ids += 2;
    else if (**ids != '\0')
        return NULL;
    return source->id != NULL ? source : NULL;
}

bool
source_known(const char *ids)
{
    size_t size = strlen(ids);

    if (size == 0 || ids[size - 1] == ' ')
        return false;
    while (*ids != '\0')
        if (next_source(&ids) == NULL)
            return false;
    return true;
}

bool
source_covers(const char *ids, unsigned release)
{
    while (*ids != '\0') {
        const struct source *source = next_source(&ids);

        if (source == NULL)
            return false;
        if (source->releases == 0 || (source->releases & release) != 0)
            return true;
    }
    return false;
}
