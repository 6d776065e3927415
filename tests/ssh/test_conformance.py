"""scripts/conformance over SSH: a host that is as new before each session, one
that is somebody's, and one that goes away."""

import os
import re
import shutil
import subprocess

import appliance
from appliance import equal

KIT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                   "../../scripts/conformance")
SESSIONS = os.path.join(os.path.dirname(KIT), "../testdata/transcripts")
MMP_EXP = os.path.join(os.path.dirname(KIT), "../testdata/expect/mmp.exp")
KEYS = os.path.join(os.path.dirname(KIT), "../testdata/pki")


class Host(appliance.Appliance):
    """With services on addresses of its own, so that no other test has their
    ports."""

    def __init__(self, program):
        super().__init__(program)
        self.environment["MMP_CONFIG"] = self.path("mmp.cfg")
        self.configure("3.9")

    def configure(self, release):
        self.release = release
        n = os.getpid()
        interfaces = "".join(
            f'{name} = "127.{200 + n // 62500 % 50}.{1 + n // 250 % 250}.'
            f'{1 + (n + i) % 250}"; '
            for i, name in enumerate(("a", "b", "c", "d", "e", "lo")))
        with open(self.path("mmp.cfg"), "w", encoding="ascii") as file:
            file.write("diagnostics = false;\nport_offset = 0;\n"
                       f'release = "{release}";\n'
                       f"interfaces = {{ {interfaces}}};\n")

    def start(self):
        super().start()
        with open(self.path("ssh_config"), "w", encoding="ascii") as file:
            for name, value in self.options().items():
                file.write(f"{name} {value}\n")

    def own(self, command):
        """What the host's owner types, at the machine itself."""
        subprocess.run([self.program, "-d", self.state, "-f",
                        self.path("mmp.cfg"), "-c", command], input="Y\n",
                       stdout=subprocess.DEVNULL, text=True, check=True,
                       timeout=appliance.PATIENCE)

    def reset(self):
        """A shell command: no service runs, and nothing is configured.  The
        appliance watches over its folders, and has one of its own."""
        return (f"echo Y | {self.program} -d {self.state} "
                f"-f {self.path('mmp.cfg')} -c shutdown >/dev/null; "
                f"find {self.state} -mindepth 2 "
                f"-not -path '{self.state}/sshd/*' -delete")

    def kit(self, *options):
        """The command line that plays, and its environment."""
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
                              timeout=4 * appliance.PATIENCE)
        return done.returncode, done.stdout, done.stderr


def sessions(release, *topics):
    return [f"{SESSIONS}/{release}/{topic}.txt" for topic in topics]


def points(tap, pattern):
    return [line for line in tap.splitlines() if re.match(pattern, line)]


def as_new(server):
    """All is typed, and fits to the byte."""
    # Services of ports that the appliance's user may have.
    for release, more in (("2.9", ["--set", "shell"]),
                          ("3.9", sessions("3.9", "callbridge", "recorder",
                                           "streamer")),
                          ("3.9", ["--exec", *sessions("3.9", "pki-csr")])):
        server.configure(release)
        status, tap, said = server.play("--reset", server.reset(), "--yes",
                                        *more)
        if status != 0 or points(tap, "not ok"):
            raise SystemExit(f"{release} {more}: status {status}\n{tap}{said}")
        # Nothing is left out but for a reason that is known.
        for line in points(tap, ".*# SKIP"):
            equal(re.search("only a double|can not be set", line) is None,
                  False)
        equal(len(points(tap, r"ok .* - [^#]*$")) > 5, True)
    server.own("shutdown")


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
    subprocess.run(server.reset(), shell=True, check=True,
                   timeout=appliance.PATIENCE)
    server.configure("3.9")
    files = server.state + "/files"
    owner = os.stat(files)
    for name in ("leaf.key", "root.crt"):
        shutil.copy(os.path.join(KEYS, name), files)
        os.chown(f"{files}/{name}", owner.st_uid, owner.st_gid)
    server.own("webadmin listen a 8443")
    server.own("webadmin http-redirect enable")
    before = tree(server.state)

    status, tap, said = server.play(answer="no\n")
    equal((status, tap), (2, ""))
    equal("Nothing was typed." in said, True)

    # Its settings are its own: what differs in form would be reported.
    status, tap, said = server.play("--set", "services")
    equal((status, points(tap, "not ok|#  ")), (0, []))
    equal(tree(server.state), before)
    equal(len(points(tap, r"ok \d+ - 3.9/webadmin:\d+ webadmin$")) > 3, True)
    typed = re.findall("^    (.*)$", said, re.MULTILINE)
    equal([line for line in typed if re.match(
        "pki (csr|sign|self|unlock)|rm |reboot|.*(enable|certs|listen)",
        line)], [])
    equal("webadmin" in typed, True)
    # The host's own word for it; what it does not know it masks.
    with open(server.state + "/private/audit", encoding="utf-8") as audit:
        noted = set(re.findall(
            r"User \S+ from 127\.\S+ issued command < (.*)>:", audit.read()))
    equal(noted - set(typed) - {"exit", "***"}, set())
    equal(len(noted) > 10, True)

    # What it makes has a prefix, and goes again.
    server.configure("2.9")
    status, tap, said = server.play("--allow-write", *sessions(
        "2.9", "backup", "pki-csr", "pki-unlock", "pki-users"))
    equal(status, 0)
    typed = re.findall("^    (.*)$", said, re.MULTILINE)
    writes = [line for line in typed if re.match(
        "pki (csr|selfsigned|sign|unlock|pkcs12)|backup (?!list$)|rm", line)]
    equal([line for line in writes if not re.match(
        "(pki [a-z0-9-]+|backup snapshot|rm) mmpkit-", line)], [])
    equal("pki csr mmpkit-tac CN:tac.example.com" in typed, True)
    equal(tree(server.state), before)


LIBRARY = """
source [lindex $argv 0]
log_user 0
set how [lassign $argv - own back]
mmp::login {*}$how
mmp::put $own mine.key
mmp::fetch mine.key $back
puts [mmp::command "pki list"]
puts [catch {mmp::command "webadmin restart"} said]:$said
mmp::command "rm mine.key"
mmp::logout
puts gone
"""


def library(server):
    """What the scripts for users share, over SSH."""
    server.configure("3.9")
    how = ["ssh", "-F", server.path("ssh_config"), "-o", f"Port={server.port}",
           f"{server.user}@{server.host}"]
    done = subprocess.run(
        ["expect", "-", MMP_EXP, f"{KEYS}/leaf.key", server.path("back.key"),
         *how], input=LIBRARY, capture_output=True, text=True, check=False,
        timeout=appliance.PATIENCE)
    equal((done.stdout, done.stderr, done.returncode), (
        "User supplied certificates and keys:\nleaf.key\nmine.key\n"
        "root.crt\n1:webadmin restart: FAILURE: Webadmin not enabled\n"
        "gone\n", "", 0))
    with open(f"{KEYS}/leaf.key", "rb") as ours, \
            open(server.path("back.key"), "rb") as back:
        equal(back.read(), ours.read())


RECORD = """
set timeout 60
log_user 0
spawn -noecho {*}$argv
expect "> " { send "hostname\\r" }
expect "> " { send "exit\\r" }
expect "(yes/no)?" { send "yes\\r" }
expect eof
"""


def record(server):
    """Nothing in it but what the host says."""
    session = server.path("session.txt")
    done = subprocess.run(
        ["expect", "-", KIT, "record", "--release", "3.9", "--ssh-config",
         server.path("ssh_config"), "-o", session,
         f"ssh:{server.user}@{server.host}:{server.port}", "mine"],
        env={**os.environ, "MMP_PROGRAM": server.program}, input=RECORD,
        capture_output=True, text=True, check=False,
        timeout=appliance.PATIENCE)
    equal((done.stderr, done.returncode), ("", 0))
    with open(session, encoding="ascii") as file:
        equal(file.read().splitlines()[2:],
              ["cms> hostname", "cms", "cms> exit"])


def children(pid):
    done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True,
                          text=True, check=False, timeout=appliance.PATIENCE)
    return [int(child) for child in done.stdout.split()]


def lost(server):
    """The connection goes away: it ends with what was learned."""
    line, environment = server.kit("--yes", "--set", "services")
    playing = subprocess.Popen(line, env=environment, text=True,
                               stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tap = "".join(playing.stdout.readline() for _ in range(10))
    connections = [connection for part in children(server.process.pid)
                   for connection in children(part)]
    server.process.terminate()
    for pid in connections:
        appliance.kill(pid)
    rest, _ = playing.communicate(timeout=4 * appliance.PATIENCE)
    tap += rest
    equal(playing.returncode, 3)
    # In the middle of a session, or before the next one.
    equal(points(tap, "ok .* # SKIP (the connection is lost|it ended|ssh: )") != [],
          True)
    equal(points(tap, "# the connection was lost") != [], True)
    equal(len(points(tap, r"1\.\.\d+$")), 1)


def test(server):
    record(server)
    as_new(server)
    foreign(server)
    library(server)
    lost(server)


appliance.need_program("expect")
appliance.need_terminals()
appliance.run(test, Host)
