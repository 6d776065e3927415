"""The console in the hands of netmiko; R7, R8, R9, R10, R15, R16, R17, R19."""

import sshd

netmiko = sshd.need("netmiko")

LISTED = "User supplied certificates and keys:"
QUESTION = "Are you sure you wish to reboot? (Y/n)"


def connect(server, device_type):
    return netmiko.ConnectHandler(
        device_type=device_type, host=server.host, port=server.port,
        username=server.user, use_keys=True, key_file=server.key,
        allow_agent=False)


def wide_request():
    line = "pki csr wide CN:wide.example.com subjectAltName:a.example.com"
    number = 0
    while len(line) < 2000:
        line += f",host-{number}.example.com"
        number += 1
    return line


def talk(server, device_type):
    print(device_type)
    device = connect(server, device_type)
    sshd.equal(device.find_prompt(), "cms>")
    sshd.equal(device.send_command("pki list"), LISTED)
    sshd.equal(device.send_command("terminal width 511"),
               "unknown command: terminal")
    sshd.equal(device.find_prompt(), "cms>")
    sshd.equal(device.send_command("pki match a.key"),
               "pki match <key> <certificate>")
    if device_type != "cisco_ios":
        said = device.send_command(wide_request())
        sshd.equal(said.split("\n")[-2:],
                   ["Created key file wide.key and CSR wide.csr",
                    "CSR file wide.csr ready for download via SFTP"])
        device.send_command("rm wide.key")
        device.send_command("rm wide.csr")
    # Else it takes the question for a prompt, and cuts it off.
    sshd.equal(device.send_command("reboot", expect_string=r"\(Y/n\)",
                                   strip_prompt=False), QUESTION)
    sshd.equal(device.send_command("n", expect_string=r"cms> "), "Cancelled")
    sshd.equal(device.send_command("hostname"), "cms")
    device.disconnect()


def test(server):
    known = netmiko.platforms
    types = [name for name in ("generic", "generic_termserver",
                               "terminal_server", "cisco_ios")
             if name in known]
    for device_type in types:
        talk(server, device_type)
    device = connect(server, "terminal_server")
    device.send_command("reboot", expect_string=r"\(Y/n\)")
    said = device.send_command_timing("Y", strip_prompt=False)
    sshd.equal(said.strip(), "Rebooting...")


sshd.run(test)
