"""The console in the hands of paramiko: one command a channel; R1, R2, R3."""

import appliance
from appliance import equal

paramiko = appliance.need("paramiko")
appliance.need_terminals()

OUTCOMES = {
    "pki list": "User supplied certificates and keys:\n",
    "disable webadmin": "unknown command: disable\n"
                        "HINT: did you mean webadmin disable? "
                        "[words-swapped]\n",
    "pki match a.key": "pki match <key> <certificate>\n",
    "rm missing": "missing: no such file\n",
    " hostname  ": "cms\n",
}


def execute(client, command, terminal):
    """What it printed, on its standard error, and its status."""
    _, out, err = client.exec_command(command, get_pty=terminal,
                                      timeout=appliance.PATIENCE)
    return out.read().decode(), err.read(), out.channel.recv_exit_status()


def test(server):
    client = paramiko.SSHClient()
    client.load_host_keys(server.path("known_hosts"))
    client.connect(server.host, server.port, server.user,
                   key_filename=server.key, allow_agent=False,
                   look_for_keys=False, timeout=appliance.PATIENCE)
    for command, want in OUTCOMES.items():
        equal(execute(client, command, False), (want, b"", 0))
        equal(execute(client, command, True),
              (want.replace("\n", "\r\n"), b"", 0))
    said, errors, status = execute(client, "pki csr www CN:www subjectAltName:www", False)
    equal((said.split("\n")[2:], errors, status),
          (["Created key file www.key and CSR www.csr",
            "CSR file www.csr ready for download via SFTP", ""], b"", 0))
    client.close()


appliance.run(test)
