"""The machine goes off, and on again: what was enabled is served before anybody
has logged in."""

import os
import signal
import socket
import ssl

import appliance
from appliance import equal


def presented(server, port):
    """The certificate that is served, in PEM; None: nothing listens."""
    try:
        return ssl.get_server_certificate((server.host, port),
                                          timeout=appliance.PATIENCE)
    except ConnectionError:
        return None


def power_off(server):
    """All of it ends at once, and nothing is told."""
    for pid, _ in server.processes():
        os.kill(int(pid), signal.SIGKILL)
    server.process.wait()
    appliance.eventually(lambda: not server.processes(), "the end of it")


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
    server.run("webadmin disable")


appliance.run(test)
