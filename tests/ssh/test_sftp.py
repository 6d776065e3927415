"""Files in the hands of those who move them: sftp, scp, psftp, sshfs and
paramiko; R18."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time

import appliance
from appliance import equal, eventually

CONTENT = os.urandom(3 << 20)


def shell(line, typed=""):
    """What it printed, and whether it ended with 0."""
    done = subprocess.run(line, input=typed.encode(), capture_output=True,
                          timeout=appliance.PATIENCE, check=False)
    return done.stdout.decode() + done.stderr.decode(), done.returncode == 0


def at(server, path=""):
    return f"{server.user}@{server.host}:{path}"


def batch(server, *lines):
    return shell(server.client("sftp", "-b", "-", at(server)[:-1]),
                 "\n".join(lines) + "\n")


def put(server, name, content):
    with open(server.path(name), "wb") as file:
        file.write(content)
    return server.path(name)


def get(path):
    with open(path, "rb") as file:
        return file.read()


def stored(server, name):
    return get(f"{server.state}/files/{name}")


def refused(server, line, reason):
    said, done = batch(server, line)
    equal((done, reason in said), (False, True))


def test_sftp(server):
    local = put(server, "local", CONTENT)
    said, done = batch(server, "pwd", f"put {local} /up.bin",
                       f"get up.bin {local}.back", "ls -l", "ls /up.bin",
                       f"put -p {local} kept", "rename kept renamed",
                       "rm /renamed", f"get live.json {local}.json")
    equal(done, True)
    equal("Remote working directory: /\n" in said, True)
    equal(f" {len(CONTENT)} " in said, True)
    equal(get(local + ".back"), CONTENT)
    equal(stored(server, "up.bin"), CONTENT)
    equal(os.listdir(server.state + "/files"), ["up.bin"])
    equal(json.loads(get(local + ".json"))["ipv4"]["module"]["interfaces"]
          ["eth4"]["enabled"], "false")
    refused(server, "mkdir folder", "unsupported")
    refused(server, "symlink up.bin link", "unsupported")
    refused(server, f"put {local} .hidden", "Permission denied")
    refused(server, f"put {local} log", "Permission denied")
    refused(server, f"put {local} folder/x", "Permission denied")
    refused(server, "get /etc/passwd", "not found")
    refused(server, "get ../../etc/passwd", "not found")
    equal(os.listdir(server.state + "/files"), ["up.bin"])


def test_resumed(server):
    """An upload and a download that go on where an earlier one ended."""
    local = put(server, "resumed", CONTENT)
    put(server, "half", CONTENT[:1 << 20])
    equal(batch(server, f"put {server.path('half')} resumed",
                f"reput {local} resumed")[1], True)
    equal(stored(server, "resumed"), CONTENT)
    equal(batch(server, f"reget resumed {server.path('half')}")[1], True)
    equal(get(server.path("half")), CONTENT)
    server.run("rm resumed")


def test_scp(server):
    local = put(server, "scp.bin", CONTENT)
    equal(shell(server.client("scp", "-s", local, at(server))), ("", True))
    equal(shell(server.client("scp", "-s", "-p", local, at(server, "/two"))),
          ("", True))
    equal(shell(server.client("scp", "-s", at(server, "two"),
                              local + ".back")), ("", True))
    equal(get(local + ".back"), CONTENT)
    equal(stored(server, "scp.bin"), CONTENT)
    equal(int(os.stat(server.state + "/files/two").st_mtime),
          int(os.stat(local).st_mtime))
    equal(os.stat(server.state + "/files/two").st_mode & 0o777, 0o600)
    server.run("rm two")
    server.run("rm scp.bin")


def test_psftp(server):
    if shutil.which("psftp") is None:
        print("skipped: psftp is not installed")
        return
    key = server.path("putty.ppk")
    equal(shell(["puttygen", server.key, "-o", key, "-O", "private"])[1],
          True)
    with open(server.path("known_hosts"), encoding="ascii") as file:
        with open(server.path("host.pub"), "w", encoding="ascii") as bare:
            bare.write(file.read().split(" ", 1)[1])
    print_line = subprocess.run(
        ["ssh-keygen", "-l", "-f", server.path("host.pub")], check=True,
        capture_output=True, timeout=appliance.PATIENCE).stdout.decode()
    local = put(server, "psftp.bin", CONTENT)
    said, done = shell(
        ["psftp", "-batch", "-i", key, "-P", str(server.port),
         "-hostkey", print_line.split()[1], at(server)[:-1]],
        f"put {local} /psftp.bin\nls\nget psftp.bin {local}.back\n"
        "rm psftp.bin\nquit\n")
    equal((done, "Remote working directory is /" in said), (True, True))
    equal(get(local + ".back"), CONTENT)


def test_sshfs(server):
    """Reading only, which is what a mount is good for."""
    if shutil.which("sshfs") is None or not os.path.exists("/dev/fuse"):
        print("skipped: no sshfs, or no FUSE here")
        return
    place = server.path("mounted")
    os.mkdir(place)
    options = []
    for name, value in server.options().items():
        options += ["-o", f"{name}={value}"]
    mounted = subprocess.run(
        ["sshfs", "-p", str(server.port), *options, "-o", "ro", at(server),
         place], capture_output=True, timeout=appliance.PATIENCE, check=False)
    if mounted.returncode != 0:
        print("skipped: sshfs does not mount here:", mounted.stderr.decode())
        return
    try:
        equal(get(place + "/up.bin"), CONTENT)
        equal("up.bin" in os.listdir(place), True)
        equal(os.stat(place + "/up.bin").st_size, len(CONTENT))
    finally:
        subprocess.run(["fusermount3", "-u", place], check=True,
                       timeout=appliance.PATIENCE)


def paramiko_client(server, paramiko):
    client = paramiko.SSHClient()
    client.load_host_keys(server.path("known_hosts"))
    client.connect(server.host, server.port, server.user,
                   key_filename=server.key, allow_agent=False,
                   look_for_keys=False, timeout=appliance.PATIENCE)
    return client


def test_paramiko(server):
    """put() asks for the size, get() for all blocks at once."""
    paramiko = appliance.need("paramiko")
    client = paramiko_client(server, paramiko)
    files = client.open_sftp()
    local = put(server, "paramiko.bin", CONTENT)
    equal(files.put(local, "/paramiko.bin").st_size, len(CONTENT))
    files.get("paramiko.bin", local + ".back")
    equal(get(local + ".back"), CONTENT)
    equal(files.normalize("."), "/")
    equal(files.stat("/paramiko.bin").st_size, len(CONTENT))
    equal({"paramiko.bin", "log", "audit", "live.json"}
          <= set(files.listdir("/")), True)
    try:
        files.put(local, "/.hidden")
        equal("refused", "taken")
    except OSError as error:
        equal("not a file name" in str(error), True)
    files.remove("paramiko.bin")
    with files.open("piece", "w+") as piece:
        piece.write("0123456789")
        piece.seek(2)
        piece.write("xy")
        equal(os.path.exists(server.state + "/files/piece"), False)
    equal(stored(server, "piece"), b"01xy456789")
    files.posix_rename("piece", "up.bin")
    equal(files.stat("up.bin").st_size, 10)
    files.close()
    client.close()


def test_at_once(server):
    """What is uploaded is there for the next command; by two at a time."""
    made = server.run("pki selfsigned made CN:made.example.com")
    equal("Created key file made.key" in made, True)
    certificate = put(server, "made.crt", stored(server, "made.crt"))
    results = []

    def upload(number):
        name = f"copy-{number}.crt"
        for _ in range(3):
            equal(shell(server.client("scp", "-s", certificate,
                                      at(server, name))), ("", True))
            results.append("made.example.com" in
                           server.run(f"pki inspect {name}"))

    threads = [threading.Thread(target=upload, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(results, [True] * 6)


def test_cut(server):
    """A connection that ends in the middle leaves nothing, of a new file and
    of one that stands."""
    big = put(server, "big", bytes(64 << 20))
    put(server, "small", b"as it was")
    equal(batch(server, f"put {server.path('small')} stands")[1], True)
    for name in ("new", "stands"):
        client = subprocess.Popen(
            server.client("sftp", "-l", "20000", "-b", "-", at(server)[:-1]),
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        client.stdin.write(f"put {big} {name}\n".encode())
        client.stdin.flush()
        eventually(lambda: server.sessions(), "an upload")
        time.sleep(0.5)  # in the middle: it takes half a minute
        equal(client.poll(), None)
        os.killpg(client.pid, signal.SIGKILL)
        client.communicate(timeout=appliance.PATIENCE)
        eventually(lambda: not server.sessions(), "the end of the session")
    equal(os.path.exists(server.state + "/files/new"), False)
    equal(stored(server, "stands"), b"as it was")
    equal([name for name in os.listdir(server.state + "/files")
           if name.startswith(".")], [])


def statuses(server):
    """proc(5) of the processes that serve a session."""
    return [get(f"/proc/{pid}/status").decode() for pid in server.sessions()]


def test_rights(server):
    """The process that serves has none but those on the state directory."""
    client = subprocess.Popen(
        server.client("sftp", "-b", "-", at(server)[:-1]),
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        client.stdin.write(b"pwd\n")
        client.stdin.flush()
        eventually(lambda: server.sessions(), "a session")
        eventually(lambda: any("NoNewPrivs:\t1\n" in status
                               for status in statuses(server)),
                   "without new privileges")
        for status in statuses(server):
            equal("CapEff:\t0000000000000000\n" in status, True)
            equal("CapPrm:\t0000000000000000\n" in status, True)
            equal("Uid:\t0\t" in status, False)
    finally:
        client.communicate(b"quit\n", timeout=appliance.PATIENCE)


def test_noted(server):
    with open(server.state + "/private/audit", encoding="utf-8") as file:
        lines = file.read()
    for part in ("put up.bin>: permission granted",
                 "get up.bin>: permission granted",
                 "rename kept renamed>: permission granted",
                 "rm renamed>: permission granted",
                 "put log>: permission denied"):
        equal(f" issued command < {part}\n" in lines, True)


def test(server):
    test_sftp(server)
    test_resumed(server)
    test_scp(server)
    test_psftp(server)
    test_sshfs(server)
    test_paramiko(server)
    test_at_once(server)
    test_cut(server)
    test_rights(server)
    test_noted(server)


appliance.run(test)
