"""A private sshd on the loopback address for one test.

Its only user is the one who runs the test, by a key made for it; what the
user is given is always the console.  Everything lives in a temporary directory
and ends with the test.
"""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

SSHD = "/usr/sbin/sshd"
PATIENCE = 60  # seconds, for whatever must come


def skip(reason):
    print("skipped: " + reason)
    sys.exit(77)


def need(module):
    try:
        return __import__(module)
    except ImportError:
        return skip("/usr/bin/python3 has no module " + module)


class Sshd:
    """A running server: host, port, user, key (a path) and state (another)."""

    def __init__(self, program):
        self.host = "127.0.0.1"
        self.user = getpass.getuser()
        self.program = os.path.abspath(program)
        self.process = None
        self.folder = tempfile.mkdtemp(prefix="mmp-test-", dir="/tmp")
        self.state = self.path("state")
        self.key = self.path("user_key")

    def path(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        try:
            for program in (SSHD, "/usr/bin/ssh", "/usr/bin/ssh-keygen"):
                if not os.access(program, os.X_OK):
                    skip(program + " is not installed")
            self.make_keys()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *ignored):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def make_keys(self):
        for name in ("host_key", "user_key"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                 self.path(name)], check=True, timeout=PATIENCE,
                stdin=subprocess.DEVNULL)
        shutil.copy(self.path("user_key.pub"), self.path("authorized_keys"))

    def configure(self, port):
        with open(self.path("sshd_config"), "w", encoding="ascii") as file:
            file.write(f"""\
ListenAddress {self.host}
Port {port}
HostKey {self.path("host_key")}
PidFile none
AuthorizedKeysFile {self.path("authorized_keys")}
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
PrintLastLog no
MaxSessions 40
MaxStartups 100
ForceCommand {self.program} -d {self.state}
# Not the first level: then bash reads no ~/.bashrc of whoever runs the tests.
SetEnv SHLVL=1
""")
        with open(self.path("known_hosts"), "w", encoding="ascii") as file:
            with open(self.path("host_key.pub"), encoding="ascii") as key:
                file.write(f"[{self.host}]:{port} {key.read()}")

    def start(self):
        if os.geteuid() == 0:
            # Where sshd(8) keeps its unprivileged half.
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        for attempt in range(50):
            # None that the kernel hands out by itself, to somebody else.
            self.port = 20000 + (os.getpid() * 61 + attempt) % 12000
            with socket.socket() as free:
                if free.connect_ex((self.host, self.port)) == 0:
                    continue
            self.configure(self.port)
            with open(self.path("log"), "ab") as log:
                self.process = subprocess.Popen(
                    [SSHD, "-D", "-e", "-f", self.path("sshd_config")],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            if self.answers():
                return
        with open(self.path("log"), encoding="utf-8") as log:
            skip("sshd does not start here: " + log.read())

    def answers(self):
        """True once the server listens; False if it ended instead."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with socket.create_connection((self.host, self.port), 1):
                    return True
            except OSError:
                time.sleep(0.05)
        return False

    def options(self):
        """What makes ssh(1) independent of its user's own set-up."""
        return {
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "IdentityFile": self.key,
            "UserKnownHostsFile": self.path("known_hosts"),
            "LogLevel": "ERROR",
        }

    def ssh(self, *options, command=None):
        """The command line of ssh(1); a session without a command."""
        line = ["ssh", "-F", "none", "-p", str(self.port)]
        for name, value in self.options().items():
            line += ["-o", f"{name}={value}"]
        line += [*options, f"{self.user}@{self.host}"]
        return line if command is None else line + [command]


def run(test):
    """test(sshd), against the program that the command line names."""
    with Sshd(sys.argv[1]) as sshd:
        test(sshd)
    print("ok")


def equal(got, want):
    if got != want:
        sys.exit(f"wanted {want!r}\ngot    {got!r}")
