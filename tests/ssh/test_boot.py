"""The machine goes off, and on again, or the supervisor is killed: what was
enabled is served before anybody has logged in."""

import os
import socket
import ssl
import time

import appliance
from appliance import equal


def presented(server, port):
    """The certificate that is served, in PEM; None: none is."""
    try:
        return ssl.get_server_certificate((server.host, port),
                                          timeout=appliance.PATIENCE)
    except (ConnectionError, ssl.SSLError):  # it has died meanwhile
        return None


def power_off(server):
    """All of it ends at once, and nothing is told."""
    for pid, _ in server.processes():
        appliance.kill(int(pid))
    server.process.wait()
    appliance.eventually(lambda: not server.processes(), "the end of it")


def supervisors(server):
    """Its processes: the guard, who is its parent, first."""
    pids = [int(pid) for pid, words in server.processes()
            if b"--on-demand" in words]
    return sorted(pids, key=lambda pid: parent(pid) in pids)


def endpoints(server):
    return [pid for pid, words in server.processes()
            if words[0].endswith(b"mmp-endpoint")]


def parent(pid):
    """0: it has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def kill_supervisor(server, port, certificate):
    """By force: there is one again, and what was enabled."""
    guard, supervisor = supervisors(server)
    equal(parent(supervisor), guard)
    served = set(endpoints(server))
    equal(len(served), 1)
    appliance.kill(supervisor)
    appliance.eventually(lambda: not served.intersection(endpoints(server)),
                         "gone with its supervisor")
    appliance.eventually(lambda: presented(server, port) == certificate,
                         "served after the supervisor was killed")
    again = supervisors(server)
    equal(again[0], guard)
    equal([len(again), again[1] == supervisor], [2, False])


def kill_without_state(server, port, certificate):
    """It can not begin again, until what it needs is there."""
    guard, supervisor = supervisors(server)
    private = f"{server.state}/private"
    os.rename(private, f"{private}.away")
    with open(private, "x", encoding="ascii"):
        appliance.kill(supervisor)
    appliance.eventually(lambda: guard_pauses(server, guard) and
                         presented(server, port) is None, "its end")
    time.sleep(1)  # in which it is tried
    os.remove(private)
    os.rename(f"{private}.away", private)
    appliance.eventually(lambda: presented(server, port) == certificate,
                         "served once its state is there")
    equal(supervisors(server)[0], guard)


def guard_pauses(server, guard):
    return supervisors(server) == [guard]


def test(server):
    with socket.socket() as free:
        free.bind((server.host, 0))
        port = free.getsockname()[1]
    server.run("pki selfsigned web CN:web.example.com")
    server.run(f"webadmin listen a {port}")
    server.run("webadmin certs web.key web.crt")
    server.run("webadmin enable")
    certificate = presented(server, port)
    with open(f"{server.state}/files/web.crt", encoding="ascii") as file:
        equal(certificate, file.read())
    power_off(server)
    equal(presented(server, port), None)
    server.start()
    appliance.eventually(lambda: presented(server, port) == certificate,
                         "served after power has come back")
    kill_supervisor(server, port, certificate)
    kill_without_state(server, port, certificate)
    server.run("webadmin disable")
    appliance.eventually(lambda: not supervisors(server), "nothing to supervise")


appliance.run(test)
