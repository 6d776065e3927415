"""Many sessions, two at a time, and those that break off; R11, R14, R21."""

import os
import select
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import appliance
from appliance import equal, eventually

pexpect = appliance.need("pexpect")
appliance.need_terminals()

SESSIONS = 200
LOGINS = 20  # the others share a connection
CMS = "cms> "


def console(server):
    line = server.ssh("-tt")
    child = pexpect.spawn(line[0], line[1:], timeout=appliance.PATIENCE,
                          encoding="utf-8")
    child.expect_exact(CMS)
    return child


def quit_console(child):
    child.sendline("exit")
    child.expect(pexpect.EOF)
    child.close()
    equal(child.exitstatus, 0)


def test_many(server):
    """One after the other; nothing of them is left."""
    # It is mostly waiting: two lines of them.
    with ThreadPoolExecutor(2) as pool:
        for said in pool.map(lambda _: server.run("hostname"), range(LOGINS)):
            equal(said, "cms\n")
    with server.connection() as line:
        for _ in range(SESSIONS - LOGINS):
            done = subprocess.run(line, input=b"hostname\nexit\n",
                                  capture_output=True, check=True,
                                  timeout=appliance.PATIENCE)
            equal((done.stdout, done.stderr), (b"cms> cms\ncms> ", b""))
    eventually(lambda: not server.sessions(), "the end of all sessions")


def test_two(server):
    """Two administrators see what the other does, whole."""
    one, two = console(server), console(server)
    one.sendline("pki selfsigned ca CN:ca.example.com")
    two.sendline("pki selfsigned other CN:other.example.com")
    for child, name in ((one, "ca"), (two, "other")):
        child.expect_exact(f"Created key file {name}.key")
        child.expect_exact(CMS)
    for child, match in ((one, "other"), (two, "ca")):
        child.sendline(f"pki match {match}.key {match}.crt")
        child.expect_exact("Key and certificate match")
        child.expect_exact(CMS)
    one.sendline("webadmin certs ca.key ca.crt")
    one.expect_exact(CMS)
    two.sendline("webadmin listen a 8443")
    two.expect_exact(CMS)
    one.sendline("webadmin")
    one.expect_exact("ca.crt")
    one.expect_exact(CMS)
    two.sendline("webadmin")
    two.expect_exact("8443")
    two.expect_exact("ca.key")
    two.expect_exact(CMS)
    quit_console(one)
    quit_console(two)
    for name in ("ca", "other"):
        for end in (".key", ".crt"):
            server.run(f"rm {name}{end}")


def cut(child):
    os.kill(child.pid, signal.SIGKILL)
    child.close(force=True)


def first_line(server, follower):
    """The first that a follower shows of commands that others run."""
    end = time.monotonic() + appliance.PATIENCE
    while not select.select([follower], [], [], 0.2)[0]:
        equal(time.monotonic() < end, True)
        server.run("hostname")
    return follower.readline()


def test_cut(server):
    """A command that is under way when the connection ends is done or not, but
    not half; what waits for an answer, or follows the log, ends."""
    for delay in (0, 0.2):
        child = console(server)
        child.sendline("pki csr cut CN:cut.example.com")
        child.expect_exact("cut.example.com\r\n")
        time.sleep(delay)
        cut(child)
        eventually(lambda: not server.sessions(), "the end of the command")
        files = sorted(name for name in os.listdir(server.state + "/files"))
        equal(files in ([], ["cut.csr", "cut.key"]), True)
        equal(server.run("ls").split(), files)
        for name in files:
            server.run(f"rm {name}")
    for command, sign in (("reboot", "(Y/n)"), ("passwd", "password:"),
                          ("syslog follow", "syslog follow\r\n")):
        child = console(server)
        child.sendline(command)
        child.expect_exact(sign)
        cut(child)
        eventually(lambda: not server.sessions(), f"the end of {command}")
    # Without a terminal there is no hangup, only nobody who reads.
    client = subprocess.Popen(server.ssh(command="syslog follow"),
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE)
    equal(b"< hostname>" in first_line(server, client.stdout), True)
    client.kill()
    client.communicate(timeout=appliance.PATIENCE)
    eventually(lambda: not server.sessions(), "the end of syslog follow")
    made = server.run("pki selfsigned after CN:after.example.com")
    equal("Created key file after.key" in made, True)


def test(server):
    test_two(server)
    test_cut(server)
    test_many(server)


appliance.run(test)
