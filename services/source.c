/*
 * The documents that the tables and the transcripts go back to: one row each.
 */
#include "services/source.h"

#include <stddef.h>

const struct source sources[] = {
    { TAC_210441, "TAC 210441", "Cisco TAC 210441: H.323 and SIP on CMS",
      CMS_2 },
    { TAC_210530, "TAC 210530",
      "Cisco TAC 210530: Call Bridge database cluster" },
    { TAC_210800, "TAC 210800",
      "Cisco TAC 210800: WebRTC proxy with CMS over Expressway", CMS_2 },
    { TAC_213479, "TAC 213479", "Cisco TAC 213479: XMPP resiliency, 2.x",
      CMS_2 },
    { OCR_213479, "OCR 213479",
      "The screenshots of Cisco TAC 213479, read by OCR", CMS_2 },
    { TAC_213821, "TAC 213821", "Cisco TAC 213821: single combined CMS, 2.3",
      CMS_2 },
    { TAC_214618, "TAC 214618",
      "Cisco TAC 214618: generate CSR and apply certificates" },
    { TAC_214620, "TAC 214620", "Cisco TAC 214620: upgrade and downgrade, 2.x",
      CMS_2 },
    { TAC_214745, "TAC 214745", "Cisco TAC 214745: IP routing rules, 2.3",
      CMS_2 },
    { TAC_216549, "TAC 216549",
      "Cisco TAC 216549: renew database cluster certificates" },
    { TAC_217201, "TAC 217201",
      "Cisco TAC 217201: content security policy, 3.2", CMS_3 },
    { TAC_217320, "TAC 217320", "Cisco TAC 217320: streamer and uploader, 3.x",
      CMS_3 },
    { TAC_217367, "TAC 217367", "Cisco TAC 217367: scheduler, 3.3", CMS_3 },
    { TAC_217375, "TAC 217375", "Cisco TAC 217375: check the MTU" },
    { TAC_218117, "TAC 218117", "Cisco TAC 218117: MeetingApps, 3.5", CMS_3 },
    { TAC_221698, "TAC 221698", "Cisco TAC 221698: CMS and CUCM, 3.8", CMS_3 },
    { TAC_221729, "TAC 221729", "Cisco TAC 221729: CMS Edge, 3.8", CMS_3 },
    { TAC_221776, "TAC 221776", "Cisco TAC 221776: AV1, 3.9", CMS_3 },
    { TAC_222766, "TAC 222766", "Cisco TAC 222766: conference bridge on CUCM" },
    { TAC_225405, "TAC 225405", "Cisco TAC 225405: recorder, 3.12", CMS_3 },
    { LAB_POD_2, "lab pod 2",
      "cmslab.ciscolive.com, pod 2: the Web Bridge, 2.x", CMS_2 },
    { NOTES_2023, "notes 2023",
      "Public notes on a CMS deployment, GitHub, 2023", CMS_3 },
    { PLAYBOOK_2, "playbook 2.x",
      "Public Ansible playbook for 2.x: "
      "github.com/oigarash-cisco/ansible_cisco_cms",
      CMS_2 },
    { PLAYBOOK_3, "playbook 3.8",
      "Public Ansible playbook, tested on 3.8: github.com/"
      "andrei-madalin/Deploy_Cisco_CMS_with_Ansible",
      CMS_3 },
    { SCRIPT_3, "script 3.x",
      "Public Python script for 3.x, one command a channel", CMS_3 },
    { 0, NULL },
};

bool
releases_include(unsigned mask, unsigned release)
{
    return mask == 0 || (mask & release) != 0;
}

const char *
evidence_name(enum evidence evidence)
{
    static const char *const names[] = { "UNTAGGED", "GUESS", "RECALL",
                                         "SEEN" };

    return names[evidence];
}

void
source_ids(unsigned documents, struct blob *ret)
{
    const struct source *source;
    const char *between = "";

    for (source = sources; source->id != NULL; source++) {
        if ((documents & source->document) == 0)
            continue;
        blob_text(ret, between);
        blob_text(ret, source->id);
        between = ", ";
    }
}

bool
source_covers(unsigned documents, unsigned release)
{
    const struct source *source;

    for (source = sources; source->id != NULL; source++)
        if ((documents & source->document) != 0 &&
            releases_include(source->releases, release))
            return true;
    return false;
}
