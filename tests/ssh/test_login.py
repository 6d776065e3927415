"""Users, passwords and roles over the network, and what is noted of them."""

import os
import re
import shutil
import subprocess

import appliance
from appliance import equal

pexpect = appliance.need("pexpect")
appliance.need_root()

MUST_CHANGE = "The initial password must be changed"
CMS = "cms> "
HOSTNAME_ISSUED = "issued command < hostname>: permission granted\r\n"


def by_password(server, user, *options, command=None, program="ssh"):
    line = server.client(program, "-o", "PubkeyAuthentication=no", *options,
                         f"{user}@{server.host}")
    line[line.index("BatchMode=yes")] = "BatchMode=no"
    if command is not None:
        line.append(command)
    return pexpect.spawn(line[0], line[1:], timeout=appliance.PATIENCE,
                         encoding="utf-8")


def enter(child, password):
    child.expect_exact("'s password: ")
    child.sendline(password)


def ended(child):
    """What came until the end, and the status."""
    child.expect(pexpect.EOF)
    said = child.before.replace("\r\n", "\n").strip()
    child.close()
    return said, child.exitstatus


def answer(child, question, text):
    child.expect_exact(question)
    child.sendline(text)


def choose(child, password, again=None):
    answer(child, "Please enter new password:", password)
    answer(child, "Please enter new password again:",
           password if again is None else again)


def eventually_opens(server, user, password):
    """sshd hears of a new password a moment after it was accepted."""
    def opens():
        child = by_password(server, user, "-o", "NumberOfPasswordPrompts=1",
                            command="whoami")
        enter(child, password)
        return ended(child) == (user, 0)
    appliance.eventually(opens, f"{user}'s new password")


def test_first_login(server):
    """The password that everybody knows opens nothing but its own change."""
    for program, command, want in (
            ("ssh", "pki list", MUST_CHANGE),
            ("ssh", "mmp-sftp", "mmp: " + MUST_CHANGE),
            # sshd drops what a subsystem writes to its standard error.
            ("sftp", None, "Connection closed")):
        child = by_password(server, "admin", command=command, program=program)
        enter(child, "admin")
        said, _ = ended(child)
        equal((want in said, "User supplied" in said), (True, False))
    child = by_password(server, "admin")
    enter(child, "admin")
    child.expect_exact(MUST_CHANGE)
    choose(child, "one", "two")
    child.expect_exact("password not accepted: the two are not the same")
    choose(child, "admin")
    child.expect_exact("password not accepted: it is the initial one")
    choose(child, "swordfish")
    child.expect_exact("Success")
    child.expect_exact(CMS)
    child.sendline("whoami")
    child.expect_exact("admin\r\n" + CMS)
    child.sendline("exit")
    equal(ended(child)[1], 0)


def test_passwords(server):
    eventually_opens(server, "admin", "swordfish")
    child = by_password(server, "admin", "-o", "NumberOfPasswordPrompts=1",
                        command="hostname")
    enter(child, "admin")
    equal("Permission denied" in ended(child)[0], True)
    child = by_password(server, "admin", command="hostname")
    enter(child, "swordfish")
    equal(ended(child), ("cms", 0))
    child = by_password(server, "root", "-o", "NumberOfPasswordPrompts=1")
    enter(child, "swordfish")
    equal("Permission denied" in ended(child)[0], True)


EXPECT = """
set timeout 60
spawn -noecho {*}$argv
expect "password: " { send "swordfish\\r" }
expect "cms> " { send "pki list\\r" }
expect "cms> " { send "exit\\r" }
expect eof
exit [lindex [wait] 3]
"""


def test_expect(server):
    """The idiom of scripts in Tcl expect."""
    line = server.client("ssh", "-o", "PubkeyAuthentication=no",
                         f"admin@{server.host}")
    line[line.index("BatchMode=yes")] = "BatchMode=no"
    done = subprocess.run(["expect", "-", *line], input=EXPECT.encode(),
                          capture_output=True, timeout=2 * appliance.PATIENCE,
                          check=False)
    said = done.stdout.decode().replace("\r\n", "\n")
    equal((done.returncode, "cms> pki list\nUser supplied certificates and "
           "keys:\ncms> exit\n" in said), (0, True))


def test_users(server):
    child = by_password(server, "admin")
    enter(child, "swordfish")
    child.expect_exact(CMS)
    for name, role in (("bob", "audit"), ("eve", "crypto"),
                       ("web", "appadmin")):
        child.sendline(f"user add {name} {role}")
        choose(child, "pw of " + name)
        child.expect_exact("Success\r\n" + CMS)
    eventually_opens(server, "bob", "pw of bob")
    eventually_opens(server, "eve", "pw of eve")
    child.sendline("user add root admin")
    child.expect_exact("root: user already exists\r\n" + CMS)
    for name, command, want in (
            ("bob", "whoami", "bob"),
            ("bob", "pki list", "permission denied"),
            ("bob", "user list", "permission denied"),
            ("bob", "webadmin disable", "permission denied"),
            ("eve", "pki list", "User supplied certificates and keys:"),
            ("eve", "webadmin disable", "permission denied")):
        other = by_password(server, name, command=command)
        enter(other, "pw of " + name)
        equal(ended(other), (want, 0))
    # The web's user has no console, and the one that is gone has none at all.
    other = by_password(server, "web", "-o", "NumberOfPasswordPrompts=1")
    enter(other, "pw of web")
    equal("Permission denied" in ended(other)[0], True)
    child.sendline("exit")
    equal(ended(child)[1], 0)


def test_deleted_user(server):
    """Neither a connection nor a key is left for the next user of that name."""
    child = by_password(server, "admin")
    enter(child, "swordfish")
    child.expect_exact(CMS)
    session = by_password(server, "eve")
    enter(session, "pw of eve")
    session.expect_exact(CMS)
    transfer = by_password(server, "eve", program="sftp")
    enter(transfer, "pw of eve")
    transfer.expect_exact("sftp> ")
    key = f"{server.state}/sshd/keys/eve"
    shutil.copy(server.key + ".pub", key)
    login = server.client("ssh", f"eve@{server.host}") + ["whoami"]
    equal(subprocess.run(login, stdin=subprocess.DEVNULL, capture_output=True,
                         timeout=appliance.PATIENCE, check=False).stdout,
          b"eve\n")

    child.sendline("user del eve")
    child.expect_exact("Success\r\n" + CMS)
    ended(session)

    def gone():  # sftp notices it when it needs the connection
        transfer.sendline("ls")
        return transfer.expect([pexpect.EOF, "sftp> "]) == 0

    appliance.eventually(gone, "the end of eve's transfer")
    appliance.eventually(lambda: not os.path.exists(key),
                         "the end of eve's key")
    child.sendline("user add eve admin")
    choose(child, "another pw")
    child.expect_exact("Success\r\n" + CMS)
    eventually_opens(server, "eve", "another pw")
    child.sendline("exit")
    equal(ended(child)[1], 0)


def test_audit_role(server):
    """The auditor follows the log, and fetches it."""
    child = by_password(server, "bob", program="sftp")
    enter(child, "pw of bob")
    child.expect_exact("sftp> ")
    child.sendline("ls -1")
    child.expect_exact("sftp> ")
    equal(child.before.split()[2:], ["audit", "log"])
    child.sendline(f"get log {server.path('log.copy')}")
    child.expect_exact("sftp> ")
    child.sendline(f"put {server.path('log.copy')} x")
    child.expect_exact("Permission denied")
    child.sendline("quit")
    equal(ended(child)[1], 0)

    child = by_password(server, "bob")
    enter(child, "pw of bob")
    child.expect_exact(CMS)
    child.sendline("syslog follow")
    child.expect_exact("syslog follow\r\n")
    # It begins a moment after the echo.
    for _ in range(20):
        equal(server.run("hostname"), "cms\n")
        if child.expect_exact([HOSTNAME_ISSUED, pexpect.TIMEOUT],
                              timeout=3) == 0:
            break
    else:
        equal(child.before, HOSTNAME_ISSUED)
    child.sendintr()
    child.expect_exact(CMS)
    child.sendline("exit")
    equal(ended(child)[1], 0)


def test_audit(server):
    with open(server.state + "/private/audit", encoding="utf-8") as file:
        lines = file.read()
    form = re.compile(
        r"[-0-9]{10}T[:0-9]{8}\.[0-9]{3} local0\.info cms (cli|sftp): "
        r"User [a-z]+ from 127\.0\.0\.1:[0-9]+ issued command < .*>: "
        r"(permission granted|permission denied|unknown command)")
    for line in lines.splitlines():
        equal((line, form.fullmatch(line) is not None), (line, True))
    for user, command, verdict in (
            ("admin", "user add bob audit", "granted"),
            ("bob", "pki list", "denied"), ("bob", "get log", "granted"),
            ("bob", "put x", "denied"), ("eve", "pki list", "granted")):
        equal(re.search(f"User {user} from .* < {command}>: "
                        f"permission {verdict}", lines) is not None, True)
    for word in ("swordfish", "pw of", "one", "two"):
        equal((word, word in lines), (word, False))


def test_nothing_else(server):
    """No forwarding of anything, and no environment."""
    def forwarded(*options):
        done = subprocess.run(
            server.ssh("-o", "ExitOnForwardFailure=yes", *options,
                       command="hostname"),
            stdin=subprocess.DEVNULL, capture_output=True,
            timeout=appliance.PATIENCE, check=False)
        return done.stdout.decode(), done.returncode

    equal(forwarded("-R", "0:127.0.0.1:1")[1] != 0, True)
    equal(forwarded("-R", server.path("socket") + ":127.0.0.1:1")[1] != 0,
          True)
    stdio = subprocess.run(
        server.ssh("-W", f"127.0.0.1:{server.port}"),
        stdin=subprocess.DEVNULL, capture_output=True,
        timeout=appliance.PATIENCE, check=False)
    equal((stdio.stdout, stdio.returncode != 0), (b"", True))
    os.environ["MMP_STATE"] = "/nonexistent"
    equal(forwarded("-o", "SendEnv=MMP_STATE"), ("cms\n", 0))
    equal(forwarded("-o", "SetEnv=MMP_STATE=/nonexistent"), ("cms\n", 0))


def test(server):
    test_first_login(server)
    test_passwords(server)
    test_expect(server)
    test_users(server)
    test_deleted_user(server)
    test_audit_role(server)
    test_audit(server)
    test_nothing_else(server)


appliance.run(test)
