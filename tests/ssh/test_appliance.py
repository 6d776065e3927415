"""scripts/appliance: up, status and down, and what it leaves alone."""

import atexit
import os
import re
import shlex
import shutil
import stat
import subprocess

import appliance
from appliance import equal

ACCOUNTS = ("/etc/passwd", "/etc/shadow", "/etc/group")


def seen(path):
    """A file as others see it: its place, and when it was changed."""
    now = os.stat(path)
    return now.st_dev, now.st_ino, now.st_mtime_ns, now.st_size


def test(server):
    """Beside the one that all tests have, on a state directory of its own."""
    state = server.path("another state")
    port = str(20000 + (server.port - 14000) % 12000)
    environment = {"PATH": os.environ["PATH"], "HOME": server.folder,
                   "MMP_STATE": state}

    def script(*words):
        done = subprocess.run(
            [appliance.SCRIPT, *words, "--program", server.program],
            env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=2 * appliance.PATIENCE, check=False)
        return done.stdout.decode() + done.stderr.decode(), done.returncode

    root = os.geteuid() == 0
    before = [seen(path) for path in ACCOUNTS]
    os.makedirs(state + "/files", mode=0o700)
    os.chmod(state, 0o700)
    with open(state + "/files/kept.crt", "w", encoding="ascii") as file:
        file.write("was here before")
    equal(script("status"), ("not running\n", 1))
    equal(script("down"), ("appliance: it does not run\n", 1))
    said, status = script("up", "--port", port, "--key", server.key + ".pub")
    equal(status, 0)
    try:
        line = re.search(r"^    (ssh .*)$", said, re.MULTILINE).group(1)
        equal(line, f"ssh -p {port} {server.user}@127.0.0.1")
        equal("The password is admin" in said, root)
        equal("no terminal" in said, not appliance.has_terminals())
        done = subprocess.run(
            [*shlex.split(line), "-F", "none", "-i", server.key, "-o",
             "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "-o",
             f"UserKnownHostsFile={server.path('others')}", "ls"],
            stdin=subprocess.DEVNULL, capture_output=True,
            timeout=appliance.PATIENCE, check=False)
        equal((done.stdout, done.stderr, done.returncode),
              (b"kept.crt\n", b"", 0))
        # A key that is put there later counts at once.
        os.rename(f"{state}/sshd/keys/{server.user}", server.path("taken"))
        login = [*shlex.split(line), "-F", "none", "-i", server.key, "-o",
                 "StrictHostKeyChecking=no", "-o", "BatchMode=yes", "-o",
                 f"UserKnownHostsFile={server.path('others')}", "hostname"]
        for status in (255, 0):
            done = subprocess.run(login, stdin=subprocess.DEVNULL,
                                  capture_output=True, check=False,
                                  timeout=appliance.PATIENCE)
            equal(done.returncode, status)
            shutil.copy(server.path("taken"),
                        f"{state}/sshd/keys/{server.user}")
        # It outlives the appliance.
        left = subprocess.Popen([*login[:-1], "-v", "-N"],
                                stdin=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)
        atexit.register(left.kill)
        while b"Entering interactive session" not in left.stderr.readline():
            equal(left.poll(), None)
        equal(script("status")[1], 0)
        equal(line in script("status")[0], True)
        equal(script("up", "--port", port)[1], 1)
        owner = os.stat(state + "/files/kept.crt").st_uid
        equal((owner == 0, owner == os.stat(state).st_uid), (False, True))
        equal([seen(path) for path in ACCOUNTS], before)
        mine = os.stat(state + "/sshd")
        equal((mine.st_uid, stat.S_IMODE(mine.st_mode)),
              (os.geteuid(), 0o700))
    finally:
        equal(script("down"), ("", 0))
    equal(script("status"), ("not running\n", 1))
    if root:
        # Users who were deleted while it was down, also the one who has it
        # started: only the key of this start is left, and no connection.
        equal(left.poll(), None)
        with open(state + "/sshd/users", "a", encoding="ascii") as file:
            file.write(f"{server.user}:8\neve:9\n\n")
        shutil.copy(server.key + ".pub", state + "/sshd/keys/eve")
        with open(f"{state}/sshd/keys/{server.user}", "a",
                  encoding="ascii") as file:
            file.write("ssh-ed25519 of the one before\n")
        equal(script("up", "--port", port, "--key", server.key + ".pub")[1], 0)
        equal(os.listdir(state + "/sshd/keys"), [server.user])
        with open(f"{state}/sshd/keys/{server.user}", encoding="ascii") as one:
            with open(server.key + ".pub", encoding="ascii") as other:
                equal(one.read(), other.read())
        left.wait(appliance.PATIENCE)
        equal(script("down"), ("", 0))
        # The owner of the state may have put another one there.
        shutil.rmtree(state + "/sshd")
        os.mkdir(state + "/sshd")
        os.chown(state + "/sshd", owner, owner)
        said, status = script("up", "--port", port)
        equal(("is not ours" in said, status), (True, 1))


appliance.run(test)
