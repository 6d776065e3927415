"""One command an exec channel by ssh(1), many channels a connection; R1, R2,
R3, R12, R14, R19, R21."""

import subprocess

import appliance
from appliance import equal

appliance.need_terminals()

QUESTION = "Are you sure you wish to reboot? (Y/n)"


def execute(line, typed=""):
    """What it printed, on its standard error, and its status."""
    done = subprocess.run(line, input=typed.encode(), capture_output=True,
                          timeout=appliance.PATIENCE, check=False)
    return done.stdout.decode(), done.stderr.decode(), done.returncode


def commands(server):
    for command in ("pki list", "help pki", "disable webadmin", "rm x",
                    "pki match a", "version"):
        plain = execute(server.ssh(command=command))
        equal(plain[1:], ("", 0))
        equal(plain[0].endswith("\n") and "cms>" not in plain[0], True)
        equal(execute(server.ssh("-tt", command=command)),
              (plain[0].replace("\n", "\r\n"), "", 0))
    equal(execute(server.ssh(command="reboot"), "n\n"),
          (QUESTION + "\nCancelled\n", "", 0))
    equal(execute(server.ssh(command="reboot")),
          (QUESTION + "\nCancelled\n", "", 0))
    equal(execute(server.ssh(command="reboot"), "Y\n"),
          (QUESTION + "\nRebooting...\n", "", 0))


def session(server):
    """No command: a session, with a terminal and without."""
    line = server.ssh("-T")
    equal(execute(line, "hostname\nexit\n"),
          ("cms> cms\ncms> ", "", 0))
    equal(execute(line, "hostname\r\nfoo\r\n"),
          ("cms> cms\ncms> unknown command: foo\ncms> ", "", 0))


def shared(server):
    """Over one connection: one after the other, then at the same time."""
    with server.connection() as line:
        for _ in range(18):
            equal(execute([*line, "hostname"]), ("cms\n", "", 0))
        names = [f"at-once-{i}" for i in range(6)]
        running = [subprocess.Popen(
            [*line, f"pki csr {name} CN:{name}.example.com"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE) for name in names]
        for name, process in zip(names, running):
            said, errors = process.communicate(timeout=appliance.PATIENCE)
            equal((errors, process.returncode), (b"", 0))
            equal(f"Created key file {name}.key".encode() in said, True)
        want = ["User supplied certificates and keys:"]
        want += [name + end for name in names for end in (".csr", ".key")]
        equal(execute([*line, "pki list"]),
              ("\n".join(want) + "\n", "", 0))


def test(server):
    commands(server)
    session(server)
    shared(server)


appliance.run(test)
