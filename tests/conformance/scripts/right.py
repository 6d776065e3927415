"""What netmiko and paramiko are handed."""
from netmiko import ConnectHandler

commands = [
    "pki csr web CN:cms.example.com",  # a comment
    'webadmin certs web.key web.crt',
]


def provision(host, name, client):
    session = ConnectHandler(device_type="terminal_server", host=host)
    session.send_command("pki list", read_timeout=30)
    session.send_command_timing(f"pki inspect {name}.crt")
    session.send_command("pki match " + name + ".key " + name + ".crt")
    session.send_command("reboot", expect_string=r"\(Y/n\)")
    session.send_command("Y", expect_string="Rebooting")
    session.send_config_set(["webadmin disable", "webadmin enable"])
    client.exec_command("webadmin listen {} 443".format(name))
    client.exec_command(name)
