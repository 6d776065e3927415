"""The console in the hands of pexpect; R7, R8, R14, R15."""

import appliance
from appliance import equal

pexpect = appliance.need("pexpect")
from pexpect import pxssh, replwrap
appliance.need_terminals()


def spawned(server):
    line = server.ssh("-tt")
    child = pexpect.spawn(line[0], line[1:], timeout=appliance.PATIENCE,
                          encoding="utf-8")
    child.expect_exact("cms> ")
    equal(child.before, "")
    for line in ("pki list", "x" * 300):
        child.sendline(line)
        child.expect_exact("cms> ")
        equal(child.before.startswith(line + "\r\n"), True)
    child.sendline("exit")
    child.expect(pexpect.EOF)
    child.close()
    equal(child.exitstatus, 0)


def wrapped(server):
    program = f"{server.program} -d {server.state}"
    console = replwrap.REPLWrapper(program, "cms> ", None)
    equal(console.run_command("hostname", appliance.PATIENCE), "cms\r\n")
    equal(console.run_command("foo", appliance.PATIENCE),
          "unknown command: foo\r\n")
    console.child.sendeof()
    console.child.expect(pexpect.EOF)
    console.child.close()
    equal(console.child.exitstatus, 0)


def logged_in(server):
    console = pxssh.pxssh(options=server.options(), timeout=appliance.PATIENCE,
                          encoding="utf-8")
    console.login(server.host, server.user, port=server.port,
                  original_prompt="> ", auto_prompt_reset=False,
                  login_timeout=appliance.PATIENCE, sync_multiplier=10)
    console.PROMPT = "cms> "
    console.sendline("hostname")
    equal(console.prompt(), True)
    console.sendline("PS1='[PEXPECT]\\$ '")
    equal(console.prompt(), True)
    equal("unknown command: PS1" in console.before, True)
    console.logout()


def test(server):
    spawned(server)
    wrapped(server)
    logged_in(server)


appliance.run(test)
