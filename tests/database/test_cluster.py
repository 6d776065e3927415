#!/usr/bin/python3
"""The commands of the database cluster on real nodes: the life of a cluster
from its first node to the last.

usage: test_cluster.py PROGRAM
"""

import os
import socket
import subprocess
import sys

import psycopg2

from lab import Lab, Wrong, check, run, until

PORTS = 5432, 5433, 8008


def refused(what, call, *words):
    """The call fails, and says one of the words."""
    try:
        call()
    except psycopg2.Error as error:
        check(any(word in str(error) for word in words), f'{what}: {error}')
    else:
        raise Wrong(f'{what}: not refused')


def check_certificates(lab):
    """Only CN=postgres, with a certificate, over TLS."""
    lab.type(1, 'pki csr other CN:Postgres', 'pki sign other dbca')
    files = lab.path(1, 'files')
    refused('CN', lambda: lab.sql(
        [1], 'select 1', sslcert=f'{files}/other.crt',
        sslkey=f'{files}/other.key'), 'certificate authentication failed')
    refused('no certificate', lambda: lab.sql(
        [1], 'select 1', sslcert='/nowhere', sslkey='/nowhere'),
        'requires a valid client certificate')
    refused('no TLS', lambda: lab.sql([1], 'select 1', sslmode='disable'),
            'no encryption')
    # The other ports neither: TLS with a certificate, or the secret.
    plain = subprocess.run(
        ['openssl', 's_client', '-connect', f'{lab.address(1)}:8008',
         '-CAfile', f'{files}/dbca.crt'], input='GET /patroni HTTP/1.0\n\n',
        capture_output=True, text=True, check=False, timeout=20)
    check('"state"' not in plain.stdout, 'REST without a certificate')


def check_mistakes(lab):
    """Each refused by one line, with nothing changed."""
    cases = (
        (1, f'database cluster join {lab.address(2)}', 'part of a database'),
        (1, 'database cluster initialize', 'part of a database'),
        (1, 'database cluster localnode b', 'part of a database'),
        (2, 'database cluster remove', 'not part of a database cluster'),
        (2, f'database cluster join {lab.address(2)}', 'is this node'),
        (2, f'database cluster join {lab.net}.99', 'reached'),
        (2, 'database cluster join nowhere.invalid', 'reached'),
        (2, 'database cluster upgrade_schema', 'not part of a database'))
    for node, line, words in cases:
        before = lab.status(node).text
        said = lab.type(node, line, answer='Y\n')
        check(words in said.splitlines()[-1], f'{line}: {said}')
        # One answer that comes late is shown as a node that is lost.
        until(lambda: lab.status(node).text == before, 20,
              f'{line} has changed nothing')


def check_foreign(lab):
    """A node whose certificates are another CA's."""
    node = 4
    lab.type(node, 'pki selfsigned dbca CN:another', 'pki csr dbclient '
             'CN:postgres', 'pki csr dbserver CN:x.example.com',
             'pki sign dbclient dbca', 'pki sign dbserver dbca')
    lab.use_certificates(node)
    said = lab.type(node, f'database cluster join {lab.address(1)}',
                    answer='Y\n')
    check('certificates do not fit' in said, said)
    check(lab.status(node).fields['Status'] == 'Disabled', 'it changed')
    lab.type(node, 'database cluster certs none')
    lab.lab('copy', '1', str(node))


def check_client(lab):
    """Node 4 has no database, and is always with the primary."""
    said = lab.type(4, 'database cluster certs dbclient.key dbclient.crt '
                    'dbca.crt', 'database cluster localnode a')
    check('Certificates updated' in said, said)
    lab.type(4, f'database cluster connect {lab.address(2)}', answer='Y\n')
    status = lab.settle(4, 60)
    check(status.in_use == lab.address(1), status.text)
    check(len(status.nodes) == 3 and not status.me, status.text)
    check(lab.write('select address from mmp.client') ==
          [(lab.address(4),)], 'the client has not written')


def seen(lab, node):
    return lab.write('select seen from mmp.client where address = %s',
                     lab.address(node))


def check_kill(lab, node):
    """kill -9 of the supervisor takes all with it; a start brings it back."""
    lab.lab('kill', str(node))
    place = lab.path(node)
    until(lambda: not any(place + '/' in line for line in lab.processes()), 5,
          f'node {node} has no process')
    lab.lab('start', str(node))


def check_reboot(lab):
    """The machine loses its power, and comes back with another release."""
    before = seen(lab, 4)
    for node in lab.nodes():
        lab.lab('kill', str(node))
        config = os.path.join(lab.directory, str(node), 'mmp.cfg')
        with open(config, 'a', encoding='ascii') as file:
            file.write('release = "3.9";\n')
    for node in reversed(lab.nodes()):
        lab.lab('start', str(node))
    until(lambda: healthy(lab), 120, 'all is well after a reboot')
    check(lab.write('select what from own') == [('kept',)], 'rows')
    until(lambda: seen(lab, 4) > before, 30, 'the client writes again')


def check_upgrade(lab):
    """The release wants a newer schema; a failed upgrade changes nothing."""
    primary = lab.node(until(lambda: healthy(lab), 60, 'there is a primary'))
    upgrade = 'database cluster upgrade_schema'
    said = lab.type(primary % 3 + 1, upgrade)
    check('not the primary' in said, said)
    # What stands in the way of it, which is one transaction.
    lab.write('alter table mmp.client add column since integer')
    lab.type(primary, upgrade)
    status = lab.settle(primary, 30, 'Failed')
    check(status.fields.get('ERROR') == "Couldn't upgrade the schema",
          status.text)
    check(status.fields['Status'] == 'Error', status.text)
    check(len(status.nodes) == 3 and status.in_use, status.text)
    check('clear_error' in lab.type(primary, upgrade), 'nobody cleared it')
    check(lab.write('select version from mmp.cluster') == [(1,)], 'half done')
    lab.write('alter table mmp.client drop column since')
    lab.type(primary, 'database cluster clear_error')
    check('ERROR' not in lab.status(primary).text, 'it is not cleared')
    for _ in range(2):  # and once more, with nothing to do
        lab.type(primary, upgrade)
        lab.settle(primary, 30)
        check(lab.write('select version from mmp.cluster') == [(2,)],
              'no upgrade')
    lab.write('select since from mmp.client')


def healthy(lab):
    """As Lab.healthy(), of the three with a database."""
    count, lab.count = lab.count, 3
    try:
        return lab.healthy()
    finally:
        lab.count = count


def answers(address, port):
    try:
        socket.create_connection((address, port), 2).close()
        return True
    except OSError:
        return False


def check_removed(lab):
    """S3.15: nothing runs, and the database is the node's own again."""
    lab.remove(4)
    primary = lab.node(lab.status(1).in_use)
    # On the primary first: it hands over.
    lab.remove(primary)
    left = [n for n in (1, 2, 3) if n != primary]
    def moved():
        status = lab.status(left[0])
        return status.in_use and lab.address(primary) not in status.nodes
    until(moved, 60, 'the others have a primary, and two nodes')
    lab.write("insert into own values ('moved')")
    last = lab.node(lab.status(left[0]).in_use)
    for node in [n for n in left if n != last] + [last]:
        lab.remove(node)
    until(lambda: not lab.processes(), 10, f'no process: {lab.processes()}')
    for node in (1, 2, 3):
        check(lab.status(node).fields['Status'] == 'Disabled', 'not disabled')
        for port in PORTS:
            check(not answers(lab.address(node), port),
                  f'{lab.address(node)}:{port} answers')
    return last


def test(program):
    with Lab(program, 4) as lab:
        lab.make_certificates()
        lab.use_certificates(1)
        lab.use_certificates(2)
        said = lab.type(3, 'database cluster initialize', answer='Y\n')
        check('Initialization started' not in said, said)
        lab.initialize(1)
        check_mistakes(lab)
        lab.write('create table own (what text); '
                  "insert into own values ('kept')")
        check_certificates(lab)
        lab.join(2, 1)
        check('WARNING' in lab.status(2).text, 'two nodes, and no warning')
        lab.use_certificates(3)
        lab.join(3, 2)
        until(lambda: healthy(lab), 30, 'all is well')
        for node in (2, 3):
            check(lab.sql([node], 'select what from own') == [('kept',)],
                  'a replica does not have it')
            refused('a replica', lambda n=node: lab.sql(
                [n], "insert into own values ('no')"), 'read-only')
        check(lab.write('show data_checksums') == [('on',)], 'no checksums')
        said = lab.type(1, 'database cluster certs dbserver.key dbserver.crt '
                        'dbclient.key dbclient.crt dbca.crt')
        check('part of a database cluster' in said, said)
        # A later change of the named files touches nothing.
        lab.type(1, 'pki selfsigned dbserver CN:changed')
        lab.lab('copy', '2', '1')
        check_foreign(lab)
        check_client(lab)
        print('formed', flush=True)

        check_kill(lab, 2)
        print('killed', flush=True)
        check_reboot(lab)
        print('rebooted', flush=True)

        check_upgrade(lab)
        print('upgraded', flush=True)
        last = check_removed(lab)
        print('removed', flush=True)
        # S3.6 to S3.8 once more: the last node's contents are the cluster's.
        lab.make_certificates(last, (1, 2, 3))
        lab.use_certificates(last)
        lab.initialize(last)
        check(lab.sql([last], 'select what from own order by what',
                      **lab.certificates(last)) ==
              [('kept',), ('moved',)], 'the contents are not kept')
        lab.remove(last)


run(test, sys.argv[1])
