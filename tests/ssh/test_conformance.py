"""scripts/conformance over SSH: a host that is as new before each session, one
that is somebody's, and one that goes away."""

import os
import re
import shutil
import signal
import subprocess

import sshd

KIT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                   "../../scripts/conformance")
SESSIONS = os.path.join(os.path.dirname(KIT), "../testdata/transcripts")
SFTP = "/usr/lib/openssh/sftp-server"


class Appliance(sshd.Sshd):
    """Files by SFTP, the console for everything else; services on addresses
    of its own, so that no other test has their ports."""

    def __init__(self, program):
        super().__init__(program)
        self.release = "3.9"
        os.mkdir(self.state)
        n = os.getpid()
        interfaces = "".join(
            f'{name} = "127.{200 + n // 62500 % 50}.{1 + n // 250 % 250}.'
            f'{1 + (n + i) % 250}"; '
            for i, name in enumerate(("a", "b", "c", "d", "e", "lo")))
        with open(self.path("mmp.cfg"), "w", encoding="ascii") as file:
            file.write("diagnostics = false;\nport_offset = 0;\n"
                       f"interfaces = {{ {interfaces}}};\n")

    def configure(self, port):
        super().configure(port)
        with open(self.path("shell"), "w", encoding="ascii") as file:
            file.write(f"""\
#!/bin/sh
mkdir -p {self.state}/files
case $SSH_ORIGINAL_COMMAND in
{SFTP}) cd {self.state}/files && exec {SFTP} ;;
esac
exec {self.program} -d {self.state} -f {self.path("mmp.cfg")} \\
    -r "$(cat {self.path("release")})"
""")
        os.chmod(self.path("shell"), 0o755)
        path = self.path("sshd_config")
        with open(path, encoding="ascii") as file:
            config = re.sub("ForceCommand.*",
                            f"ForceCommand {self.path('shell')}\n"
                            f"Subsystem sftp {SFTP}", file.read())
        with open(path, "w", encoding="ascii") as file:
            file.write(config)
        with open(self.path("ssh_config"), "w", encoding="ascii") as file:
            for name, value in self.options().items():
                file.write(f"{name} {value}\n")

    def kit(self, *options):
        """The command line that plays, and its environment."""
        with open(self.path("release"), "w", encoding="ascii") as file:
            file.write(self.release)
        line = [KIT, "play", "--target",
                f"ssh:{self.user}@{self.host}:{self.port}", "--release",
                self.release, "--ssh-config", self.path("ssh_config"),
                "--timeout", "60", *options]
        return line, {**os.environ, "MMP_PROGRAM": self.program}

    def play(self, *options, answer="yes\n"):
        """Its exit status, its TAP and what it asked."""
        line, environment = self.kit(*options)
        done = subprocess.run(line, env=environment, input=answer,
                              capture_output=True, text=True, check=False,
                              timeout=4 * sshd.PATIENCE)
        return done.returncode, done.stdout, done.stderr


def end(server):
    """No service goes on, whatever was played."""
    subprocess.run([server.program, "-d", server.state, "-f",
                    server.path("mmp.cfg"), "-c", "shutdown"], input="Y\n",
                   stdout=subprocess.DEVNULL, text=True, check=True,
                   timeout=sshd.PATIENCE)


def points(tap, pattern):
    return [line for line in tap.splitlines() if re.match(pattern, line)]


def as_new(server):
    """All is typed, and fits to the byte."""
    shutdown = (f"echo Y | {server.program} -d {server.state} "
                f"-f {server.path('mmp.cfg')} -c shutdown >/dev/null; "
                f"rm -rf {server.state}/*")
    for release, more in (("2.9", ["--set", "shell"]),
                          ("3.9", [f"{SESSIONS}/3.9/{topic}.txt" for topic in
                                   ("callbridge", "streamer", "webadmin")]),
                          ("3.9", ["--exec", f"{SESSIONS}/3.9/pki-csr.txt"])):
        server.release = release
        status, tap, said = server.play("--reset", shutdown, "--yes", *more)
        if status != 0 or points(tap, "not ok"):
            raise SystemExit(f"{release} {more}: status {status}\n{tap}{said}")
        # Nothing is left out but for a reason that is known.
        for line in points(tap, ".*# SKIP"):
            sshd.equal(re.search("only a double|can not be set", line) is None,
                       False)
        sshd.equal(len(points(tap, r"ok .* - [^#]*$")) > 5, True)
    end(server)


def tree(folder):
    """What is in a state directory, but for what was typed."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            if (os.path.isfile(path)
                    and name not in ("history", "audit", "log")):
                with open(path, "rb") as file:
                    found[path] = file.read()
    return found


def foreign(server):
    """Somebody's host: only what changes nothing, and after a yes."""
    shutil.rmtree(server.state)
    os.makedirs(server.state + "/files")
    server.release = "3.9"
    for name in ("leaf.key", "root.crt"):
        shutil.copy(os.path.join(os.path.dirname(KIT), "../testdata/pki", name),
                    server.state + "/files")
    own = [server.program, "-d", server.state, "-f", server.path("mmp.cfg"),
           "-r", "3.9", "-c"]
    for command in ("webadmin listen a 8443", "webadmin http-redirect enable"):
        subprocess.run([*own, command], check=True, timeout=sshd.PATIENCE)
    before = tree(server.state)

    status, tap, said = server.play(answer="no\n")
    sshd.equal((status, tap), (2, ""))
    sshd.equal("Nothing was typed." in said, True)

    # Its settings are its own: what differs in form would be reported.
    status, tap, said = server.play("--set", "services")
    sshd.equal((status, points(tap, "not ok|#  ")), (0, []))
    sshd.equal(tree(server.state), before)
    sshd.equal(len(points(tap, r"ok \d+ - 3.9/webadmin:\d+ webadmin$")) > 3,
               True)
    typed = re.findall("^    (.*)$", said, re.MULTILINE)
    sshd.equal([line for line in typed if re.match(
        "pki (csr|sign|self|unlock)|rm |reboot|.*(enable|certs|listen)",
        line)], [])
    sshd.equal("webadmin" in typed, True)
    # The host's own word for it; what it does not know it masks.
    with open(server.state + "/private/audit", encoding="utf-8") as audit:
        noted = set(re.findall(
            r"User \S+ from 127\.\S+ issued command < (.*)>:", audit.read()))
    sshd.equal(noted - set(typed) - {"exit", "***"}, set())
    sshd.equal(len(noted) > 10, True)

    # What it makes has a prefix, and goes again.
    status, tap, said = server.play("--allow-write", "--set", "pki")
    sshd.equal(status, 0)
    typed = re.findall("^    (.*)$", said, re.MULTILINE)
    writes = "(pki (csr|selfsigned|sign|unlock|pkcs12)|backup|rm) *"
    sshd.equal([line for line in typed if re.match(writes, line)
                and not re.match(writes.replace("backup", "backup snapshot")
                                 .replace("pkcs12", "pkcs12-to-ssh")
                                 + "mmpkit-", line)], [])
    sshd.equal("pki csr mmpkit-tac CN:tac.example.com" in typed, True)
    sshd.equal(tree(server.state), before)


def lost(server):
    """The connection goes away: it ends with what was learned."""
    line, environment = server.kit("--yes", "--set", "services")
    playing = subprocess.Popen(line, env=environment, text=True,
                               stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tap = "".join(playing.stdout.readline() for _ in range(10))
    connections = subprocess.run(
        ["pgrep", "-P", str(server.process.pid)], capture_output=True,
        text=True, check=True, timeout=sshd.PATIENCE).stdout.split()
    server.process.terminate()
    for pid in connections:
        os.kill(int(pid), signal.SIGKILL)
    rest, _ = playing.communicate(timeout=4 * sshd.PATIENCE)
    tap += rest
    sshd.equal(playing.returncode, 3)
    # In the middle of a session, or before the next one.
    sshd.equal(len(points(tap, "ok .* # SKIP (the connection is lost|ssh: )"))
               > 0, True)
    sshd.equal(points(tap, "# the connection was lost") != [], True)
    sshd.equal(len(points(tap, r"1\.\.\d+$")), 1)


def test(server):
    as_new(server)
    foreign(server)
    lost(server)


if not os.access(SFTP, os.X_OK):
    sshd.skip(SFTP + " is not installed")
if shutil.which("expect") is None:
    sshd.skip("expect is not installed")
sshd.Sshd = Appliance
sshd.run(test)
