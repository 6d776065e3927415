"""The console in the hands of netmiko; R7, R8, R9, R10, R15, R16, R17, R19."""

from concurrent.futures import ThreadPoolExecutor

import appliance
from appliance import equal

netmiko = appliance.need("netmiko")
appliance.need_terminals()

LISTED = "User supplied certificates and keys:"
QUESTION = "Are you sure you wish to reboot? (Y/n)"


def connect(server, device_type):
    device = netmiko.ConnectHandler(
        device_type=device_type, host=server.host, port=server.port,
        username=server.user, use_keys=True, key_file=server.key,
        allow_agent=False, banner_timeout=appliance.PATIENCE,
        global_delay_factor=2)
    device.global_delay_factor = 1  # only the start may take so long
    return device


def wide_request(name):
    line = f"pki csr {name} CN:wide.example.com subjectAltName:wide.example.com"
    number = 0
    while len(line) < 2000:
        line += f",host-{number}.example.com"
        number += 1
    return line


def talk(server, device_type):
    device = connect(server, device_type)
    equal(device.find_prompt(), "cms>")
    equal(device.send_command("pki list").split("\n")[0], LISTED)
    equal(device.send_command("terminal width 511"),
          "unknown command: terminal")
    equal(device.find_prompt(), "cms>")
    equal(device.send_command("pki match a.key"),
          "pki match <key> <certificate>")
    if device_type != "cisco_ios":
        said = device.send_command(wide_request(device_type))
        equal(said.split("\n")[-2:], [
            f"Created key file {device_type}.key and CSR {device_type}.csr",
            f"CSR file {device_type}.csr ready for download via SFTP"])
    # Else it takes the question for a prompt, and cuts it off.
    equal(device.send_command("reboot", expect_string=r"\(Y/n\)",
                              strip_prompt=False), QUESTION)
    equal(device.send_command("n", expect_string=r"cms> "), "Cancelled")
    equal(device.send_command("hostname"), "cms")
    device.disconnect()


def test(server):
    known = netmiko.platforms
    types = [name for name in ("generic", "generic_termserver",
                               "terminal_server", "cisco_ios")
             if name in known]
    # At once: they spend their time waiting.
    with ThreadPoolExecutor(len(types)) as pool:
        for done in [pool.submit(talk, server, name) for name in types]:
            done.result()
    device = connect(server, "terminal_server")
    device.send_command("reboot", expect_string=r"\(Y/n\)")
    said = device.send_command_timing("Y", strip_prompt=False)
    equal(said.strip(), "Rebooting...")


appliance.run(test)
