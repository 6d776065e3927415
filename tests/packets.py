"""What an SFTP client sends, to standard output: as nobody waits for answers,
the server needs no client.

usage: packets.py put NAME BYTES | rename FROM TO | replace FROM TO | rm NAME

Numbers are those of draft-ietf-secsh-filexfer-02; the first file that is
opened has the handle of two zeros (services/sftp_handle.c).
"""

import struct
import sys

INIT, OPEN, CLOSE, WRITE, REMOVE, RENAME, EXTENDED = 1, 3, 4, 6, 13, 18, 200
WRITING, CREATE, TRUNCATE = 2, 8, 16
HANDLE = bytes(8)
PIECE = 32 << 10


def string(data):
    data = data.encode() if isinstance(data, str) else data
    return struct.pack(">I", len(data)) + data


def packet(kind, *fields):
    body = bytes([kind]) + b"".join(fields)
    return struct.pack(">I", len(body)) + body


def number(n):
    return struct.pack(">I", n)


def put(name, size):
    content = bytes(i * i % 251 for i in range(int(size)))
    yield packet(OPEN, number(1), string(name),
                 number(WRITING | CREATE | TRUNCATE), number(0))
    for at in range(0, len(content), PIECE):
        yield packet(WRITE, number(2), string(HANDLE), struct.pack(">Q", at),
                     string(content[at:at + PIECE]))
    yield packet(CLOSE, number(3), string(HANDLE))


def rename(old, new):
    yield packet(RENAME, number(1), string(old), string(new))


def replace(old, new):
    yield packet(EXTENDED, number(1), string("posix-rename@openssh.com"),
                 string(old), string(new))


def rm(name):
    yield packet(REMOVE, number(1), string(name))


act = {"put": put, "rename": rename, "replace": replace, "rm": rm}[sys.argv[1]]
sys.stdout.buffer.write(packet(INIT, number(3)) + b"".join(act(*sys.argv[2:])))
