"""The console in the hands of pexpect; R7, R8, R14, R15."""

import sshd

pexpect = sshd.need("pexpect")
from pexpect import pxssh, replwrap


def spawned(server):
    line = server.ssh("-tt")
    child = pexpect.spawn(line[0], line[1:], timeout=sshd.PATIENCE,
                          encoding="utf-8")
    child.expect_exact("cms> ")
    sshd.equal(child.before, "")
    for line in ("pki list", "x" * 300):
        child.sendline(line)
        child.expect_exact("cms> ")
        sshd.equal(child.before.startswith(line + "\r\n"), True)
    child.sendline("exit")
    child.expect(pexpect.EOF)
    child.close()
    sshd.equal(child.exitstatus, 0)


def wrapped(server):
    program = f"{server.program} -d {server.state}"
    console = replwrap.REPLWrapper(program, "cms> ", None)
    sshd.equal(console.run_command("hostname", sshd.PATIENCE), "cms\r\n")
    sshd.equal(console.run_command("foo", sshd.PATIENCE),
               "unknown command: foo\r\n")
    console.child.sendeof()
    console.child.expect(pexpect.EOF)
    console.child.close()
    sshd.equal(console.child.exitstatus, 0)


def logged_in(server):
    console = pxssh.pxssh(options=server.options(), timeout=sshd.PATIENCE,
                          encoding="utf-8")
    console.login(server.host, server.user, port=server.port,
                  original_prompt="> ", auto_prompt_reset=False)
    console.PROMPT = "cms> "
    console.sendline("hostname")
    sshd.equal(console.prompt(), True)
    console.sendline("PS1='[PEXPECT]\\$ '")
    sshd.equal(console.prompt(), True)
    sshd.equal("unknown command: PS1" in console.before, True)
    console.logout()


def test(server):
    spawned(server)
    wrapped(server)
    logged_in(server)


sshd.run(test)
