"""An appliance on the loopback address for one test: scripts/appliance.

Everything lives in a temporary directory and ends with the test.  As root its
users are those of the console, and the tests log in as admin; else the only
user is the one who runs the test.  By a key made for the test, unless they ask
for more.
"""

import contextlib
import getpass
import grp
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../scripts/appliance")
PATIENCE = 60  # seconds, for whatever must come


def skip(reason):
    print("skipped: " + reason)
    sys.exit(77)


def need(module):
    try:
        return __import__(module)
    except ImportError:
        return skip("/usr/bin/python3 has no module " + module)


def need_program(name):
    return shutil.which(name) or skip(name + " is not installed")


def need_root():
    """For what needs users and passwords."""
    if os.geteuid() != 0:
        skip("only root's sshd can check passwords")


def has_terminals():
    """An sshd without rights can not give a terminal to the group tty."""
    master, terminal = os.openpty()
    group = os.fstat(terminal).st_gid
    os.close(master)
    os.close(terminal)
    return os.geteuid() == 0 or group == grp.getgrnam("tty").gr_gid


def need_terminals():
    if not has_terminals():
        skip("devpts is mounted without gid=tty")


class Appliance:
    """A running one: host, port, user, key (a path) and state (another)."""

    def __init__(self, program):
        self.host = "127.0.0.1"
        self.user = "admin" if os.geteuid() == 0 else getpass.getuser()
        self.program = os.path.abspath(program)
        self.process = None
        self.namespace = None  # of its mounts
        self.folder = tempfile.mkdtemp(prefix="mmp-test-", dir="/tmp")
        os.chmod(self.folder, 0o755)  # root's console works as state's owner
        self.state = self.path("state")
        self.key = self.path("user_key")
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.folder,
                            "MMP_STATE": self.state}

    def path(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        try:
            for program in ("/usr/sbin/sshd", "/usr/bin/ssh",
                            "/usr/bin/ssh-keygen"):
                if not os.access(program, os.X_OK):
                    skip(program + " is not installed")
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                 self.key], check=True, timeout=PATIENCE,
                stdin=subprocess.DEVNULL)
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

    def start(self):
        for attempt in range(50):
            # None that the kernel hands out by itself, to somebody else.
            self.port = 20000 + (os.getpid() * 61 + attempt) % 12000
            with socket.socket() as free:
                if free.connect_ex((self.host, self.port)) == 0:
                    continue
            with open(self.path("log"), "ab") as log:
                self.process = subprocess.Popen(
                    [SCRIPT, "run", "--port", str(self.port), "--key",
                     self.key + ".pub", "--program", self.program],
                    env=self.environment, stdin=subprocess.DEVNULL,
                    stdout=log, stderr=log)
            if self.answers():
                self.namespace = self.mounts(self.process.pid)
                return self.trust()
        with open(self.path("log"), encoding="utf-8") as log:
            return skip("scripts/appliance does not start here: " + log.read())

    def trust(self):
        with open(self.path("known_hosts"), "w", encoding="ascii") as file:
            with open(self.state + "/sshd/host_key.pub",
                      encoding="ascii") as key:
                file.write(f"[{self.host}]:{self.port} {key.read()}")

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

    def client(self, *words):
        """The command line of a program of OpenSSH: sftp, scp."""
        line = [words[0], "-F", "none"]
        line += ["-p" if words[0] == "ssh" else "-P", str(self.port)]
        for name, value in self.options().items():
            line += ["-o", f"{name}={value}"]
        return line + list(words[1:])

    def ssh(self, *options, command=None):
        """The command line of ssh(1); a session without a command."""
        line = self.client("ssh", *options, f"{self.user}@{self.host}")
        return line if command is None else line + [command]

    @contextlib.contextmanager
    def connection(self):
        """One connection for many channels: the command line that uses it."""
        control = self.path("control")
        line = ["ssh", "-F", "none", "-S", control, "-T",
                f"{self.user}@{self.host}"]
        master = subprocess.Popen(self.ssh("-M", "-N", "-S", control),
                                  stdin=subprocess.DEVNULL)
        try:
            eventually(lambda: os.path.exists(control), "a connection")
            yield line
            # ssh(1) may overlook a signal that comes just before it waits.
            subprocess.run(line + ["-O", "exit"], capture_output=True,
                           timeout=PATIENCE, check=True)
            master.wait(PATIENCE)
        finally:
            if master.poll() is None:
                master.kill()
                master.wait()

    def run(self, command):
        """What a command answers."""
        done = subprocess.run(self.ssh(command=command), check=True,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=PATIENCE)
        equal(done.stderr, b"")
        return done.stdout.decode()

    def processes(self):
        """All that run for it: pid, and the words of the command line."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    ours = f"{self.state}\0".encode() in file.read() or \
                        self.inside(pid)
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if ours:
                found.append((pid, words))
        return found

    def sessions(self):
        """The processes of the program, but for the one that tells of the
        users, and the one that looks at its start what is enabled."""
        return [pid for pid, words in self.processes()
                if b"mmp" in os.path.basename(words[0]) and
                not {b"--accounts", b"--on-demand"}.intersection(words)]

    def inside(self, pid):
        """Is the process in the mount namespace of our sshd?"""
        return self.namespace is not None and \
            self.mounts(pid) == self.namespace

    @staticmethod
    def mounts(pid):
        if os.geteuid() != 0:
            return None
        return os.readlink(f"/proc/{pid}/ns/mnt")


def run(test, kind=Appliance):
    """test(server), against the program that the command line names."""
    signal.signal(signal.SIGTERM, lambda *ignored: sys.exit("ended"))
    with kind(sys.argv[1]) as server:
        test(server)
    print("ok")


def kill(pid):
    """By force; what has just ended by itself is gone as well."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def equal(got, want):
    if got != want:
        sys.exit(f"wanted {want!r}\ngot    {got!r}")


def eventually(predicate, what):
    end = time.monotonic() + PATIENCE
    while not predicate():
        if time.monotonic() > end:
            sys.exit("still not: " + what)
        time.sleep(0.05)
