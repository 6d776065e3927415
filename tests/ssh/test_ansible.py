"""A playbook as for the real appliance: the raw module, with Ansible's own
pseudo-terminal; R4."""

import os
import re
import subprocess

import appliance
from appliance import equal

appliance.need_terminals()

PLAYBOOK = """\
- hosts: all
  gather_facts: false
  tasks:
    - raw: "pki  csr  web  CN:web.example.com   "
    - raw: pki selfsigned ca CN:ca.example.com O:"Example Inc."
    - raw: pki sign web ca
    - raw: disable webadmin
    - raw: webadmin listen a 8443
    - raw: webadmin certs web.key web.crt ca.crt
    - raw: pki match web.key web.crt
      register: matched
      failed_when: matched.stdout.find("FAILURE") > -1
    - raw: webadmin enable
      register: enabled
      failed_when: enabled.stdout.find("FAILURE") > -1
    - raw: webadmin disable
"""


def test(server):
    appliance.need_program("ansible-playbook")
    with open(server.path("play.yml"), "w", encoding="ascii") as file:
        file.write(PLAYBOOK)
    options = " ".join(f"-o {name}={value}" for name, value in
                       server.options().items() if name != "LogLevel")
    done = subprocess.run(
        ["ansible-playbook", "-i", f"{server.host},", "-u", server.user,
         "-e", f"ansible_port={server.port}", "--ssh-common-args", options,
         server.path("play.yml")],
        env={"PATH": os.environ["PATH"], "HOME": server.folder,
             "ANSIBLE_STDOUT_CALLBACK": "minimal", "LC_ALL": "C.UTF-8",
             "ANSIBLE_LOCAL_TEMP": server.path("ansible"),
             "ANSIBLE_SSH_CONTROL_PATH_DIR": server.path("control")},
        stdin=subprocess.DEVNULL, capture_output=True,
        timeout=4 * appliance.PATIENCE, check=False)
    equal((done.returncode, done.stderr), (0, b""))
    # "127.0.0.1 | CHANGED | rc=0 >>", and what came back.
    said = done.stdout.decode().replace("\r\n", "\n")
    said = said.replace(f"Shared connection to {server.host} closed.\n", "")
    said = re.sub(r"HINT: .*\n?", "", said)
    said = said.split(f"{server.host} | CHANGED | rc=0 >>\n")[1:]
    equal(len(said), 9)
    equal("Created key file web.key and CSR web.csr\n" in said[0], True)
    equal(said[3].strip(), "unknown command: disable")
    equal(said[6].strip(), "Key and certificate match")
    equal(said[7].strip().split("\n")[-1], "SUCCESS: Webadmin enabled")
    equal(said[8].strip(), "SUCCESS: Webadmin disabled")


appliance.run(test)
