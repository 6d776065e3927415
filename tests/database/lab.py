"""What the tests of the database cluster share: nodes of scripts/lab, their
consoles, and PostgreSQL's clients."""

import ctypes
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
SCRIPT = os.path.join(SOURCE, 'scripts', 'lab')
HEIR = os.path.join(HERE, 'heir')
NEEDED = ('/usr/bin/patroni', '/usr/lib/postgresql/15/bin/postgres',
          '/usr/lib/python3/dist-packages/pysyncobj',
          '/usr/lib/python3/dist-packages/psycopg2')
CLONE_NEWNET = 0x40000000


def skip(why):
    print('skipped:', why, file=sys.stderr)
    sys.exit(77)


for path in NEEDED:
    if not os.path.exists(path):
        skip(f'{path} is not there: scripts/packages database')

import psycopg2  # noqa: E402  (only now is it known to be there)


class Wrong(Exception):
    """What a test has found."""


def check(holds, what):
    if not holds:
        raise Wrong(what)


def until(holds, bound, what):
    """Returns what holds() returns once it is true; Wrong after bound s."""
    deadline = time.monotonic() + bound
    while True:
        got = holds()
        if got:
            return got
        if time.monotonic() > deadline:
            raise Wrong(f'not within {bound} s: {what}')
        time.sleep(0.2)


class Status:
    """What "database cluster status" prints."""

    def __init__(self, text):
        self.text = text
        self.fields = {}
        self.nodes = {}   # by address: what it is
        self.me = ''
        for line in text.splitlines():
            if line[25:26] != ':':
                continue
            name, value = line[:25].strip(), line[26:].strip()
            if line.startswith('    '):
                address = name.split()[0]
                self.nodes[address] = value
                if name.endswith('(me)'):
                    self.me = address
            else:
                self.fields[name] = value

    @property
    def last(self):
        return self.fields.get('Last command', '')

    @property
    def in_use(self):
        value = self.fields.get('Node in use', 'none')
        return '' if value == 'none' else value

    def primaries(self):
        return [a for a, what in self.nodes.items()
                if what in ('Connected Master', 'Connected Primary')]

    def in_sync(self):
        return [a for a, what in self.nodes.items()
                if what.endswith('( In Sync )')]

    def disconnected(self):
        return [a for a, what in self.nodes.items() if what == 'Disconnected']


def claim_net():
    """A network of loopback that no other test has as long as the socket is
    open."""
    first = os.getpid() * 31
    for number in range(first, first + 12500):
        net = f'127.{100 + number // 250 % 50}.{1 + number % 250}'
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind((f'{net}.254', 49151))
            return net, claim
        except OSError:
            claim.close()
    raise Wrong('no network is free')


class Lab:
    """Nodes from 1; ended and removed at the end of a with statement."""

    def __init__(self, program, count=3, namespaces=False):
        self.top = tempfile.mkdtemp(prefix='mmp-lab-', dir='/tmp')
        os.chmod(self.top, 0o711)  # the service user passes through
        self.directory = os.path.join(self.top, 'lab')
        self.net, self.claim = claim_net()
        self.environment = dict(os.environ, MMP=os.path.abspath(program),
                                MMP_LAB=self.directory, MMP_LAB_NET=self.net)
        self.count = count
        self.namespaces = namespaces
        self.heir = subprocess.Popen(
            [HEIR, str(os.getpid()), self.top], env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            self.lab('up', *['-n'] * namespaces, str(count))
            if namespaces:
                self.enter(0)
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            self.tell()
        subprocess.run([SCRIPT, 'down'], env=self.environment, timeout=120,
                       check=False)
        shutil.rmtree(self.top, ignore_errors=True)
        os.killpg(self.heir.pid, signal.SIGTERM)
        self.heir.wait()
        self.claim.close()

    def tell(self):
        """What the nodes have logged lately, for whoever reads of a failure.
        """
        for node in self.nodes():
            print(f'== node {node}', file=sys.stderr)
            subprocess.run(['tail', '-n', '40',
                            self.path(node, 'database', 'patroni.log')],
                           stdout=sys.stderr, check=False)

    def lab(self, *words, text='', bound=120):
        done = subprocess.run([SCRIPT, *words], env=self.environment,
                              input=text, capture_output=True, text=True,
                              timeout=bound, check=False)
        if done.returncode != 0:
            raise Wrong(f'lab {words}: {done.stdout}{done.stderr}')
        return done.stdout

    def namespace(self, node):
        mark = subprocess.run(['cksum'], input=self.directory.encode(),
                              stdout=subprocess.PIPE, check=True)
        return f'mmp{mark.stdout.split()[0].decode()[:6]}-{node}'

    def enter(self, node):
        """This thread, and what it starts, is in that network from now on."""
        libc = ctypes.CDLL(None, use_errno=True)
        name = '/run/netns/' + self.namespace(node)
        descriptor = os.open(name, os.O_RDONLY)
        try:
            if libc.setns(descriptor, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), name)
        finally:
            os.close(descriptor)

    def address(self, node):
        return (f'192.0.2.1{node}' if self.namespaces
                else f'{self.net}.{node}')

    def node(self, address):
        return int(address[-1])

    def nodes(self):
        return range(1, self.count + 1)

    def path(self, node, *names):
        return os.path.join(self.directory, str(node), 'state', *names)

    # Consoles.

    def type(self, node, *lines, answer='', options=()):
        """What commands print; each answer is for the one that asks."""
        said = ''
        for line in lines:
            said += self.lab('shell', str(node), *options, '-c', line,
                             text=answer, bound=30)
        return said

    def status(self, node):
        return Status(self.type(node, 'database cluster status'))

    def settle(self, node, bound, outcome='Success'):
        """Waits for the last command to end."""
        def ended():
            status = self.status(node)
            return None if 'progress' in status.last else status
        status = until(ended, bound, f'node {node}: the command ends')
        check(status.last.endswith(f'({outcome})'),
              f'node {node}: {status.text}')
        return status

    def make_certificates(self, node=1, others=None):
        """S3.6, on one node, and S3.7."""
        self.type(node, 'pki selfsigned dbca CN:tplab.local',
                  'pki csr dbserver CN:cmscore1.example.com subjectAltName:'
                  'cmscore2.example.com,cmscore3.example.com',
                  'pki csr dbclient CN:postgres', 'pki sign dbserver dbca',
                  'pki sign dbclient dbca')
        if others is None:
            others = self.nodes()
        to = [str(other) for other in others if other != node]
        if to:
            self.lab('copy', str(node), *to)

    def use_certificates(self, node):
        said = self.type(node, 'database cluster certs dbserver.key '
                         'dbserver.crt dbclient.key dbclient.crt dbca.crt',
                         'database cluster localnode a')
        check('Certificates updated' in said, said)

    def initialize(self, node):
        self.type(node, 'database cluster initialize', answer='Y\n')
        return self.settle(node, 60)

    def join(self, node, peer):
        self.type(node, f'database cluster join {self.address(peer)}',
                  answer='Y\n')
        return self.settle(node, 120)

    def remove(self, node):
        self.type(node, 'database cluster remove', answer='Y\n')
        return self.settle(node, 120)

    def form(self):
        """S3.8: all nodes in one cluster."""
        for node in self.nodes():
            self.use_certificates(node)
        self.initialize(1)
        for node in self.nodes():
            if node > 1:
                self.join(node, 1)

    def healthy(self):
        """The address of the primary, when every node says all is well."""
        seen = set()
        for node in self.nodes():
            status = self.status(node)
            if len(status.primaries()) != 1 or \
                    len(status.in_sync()) != self.count - 1 or \
                    len(status.nodes) != self.count:
                return None
            seen.add((status.in_use, *status.primaries()))
        return status.in_use if len(seen) == 1 and status.in_use else None

    def can_fail_over(self):
        """Has the engine agreed on who may follow the primary?  Just after a
        failover nobody may: what is acknowledged then may be nowhere else."""
        context = ssl.create_default_context(
            cafile=self.path(1, 'files', 'dbca.crt'))
        context.check_hostname = False
        context.load_cert_chain(self.path(1, 'files', 'dbclient.crt'),
                                self.path(1, 'files', 'dbclient.key'))
        for node in self.nodes():
            asked = http.client.HTTPSConnection(
                self.address(node), 8008, timeout=2, context=context)
            try:
                asked.request('GET', '/sync')
                if asked.getresponse().status == 200:
                    return True
            except OSError:
                pass
            finally:
                asked.close()
        return False

    # PostgreSQL.

    def certificates(self, node=1):
        return {'sslmode': 'verify-ca',
                'sslrootcert': self.path(node, 'files', 'dbca.crt'),
                'sslcert': self.path(node, 'files', 'dbclient.crt'),
                'sslkey': self.path(node, 'files', 'dbclient.key')}

    def connect(self, *nodes, **more):
        hosts = ','.join(self.address(node) for node in nodes)
        session = psycopg2.connect(
            host=hosts, user='postgres', dbname='postgres', connect_timeout=2,
            tcp_user_timeout=2000, keepalives_idle=1, keepalives_interval=1,
            keepalives_count=2, **{**self.certificates(), **more})
        session.autocommit = True
        return session

    def sql(self, nodes, text, *values, **more):
        """Rows of one statement; None without any."""
        session = self.connect(*nodes, **more)
        try:
            with session.cursor() as cursor:
                cursor.execute(text, values)
                return cursor.fetchall() if cursor.description else None
        finally:
            session.close()

    def write(self, text, *values):
        """On the primary."""
        return self.sql(self.nodes(), text, *values,
                        target_session_attrs='read-write')

    def histories(self, node):
        """The newest history of timelines, with its name."""
        folder = self.path(node, 'database', 'data', 'pg_wal')
        names = sorted(name for name in os.listdir(folder)
                       if name.endswith('.history'))
        if not names:
            return None
        with open(os.path.join(folder, names[-1]), encoding='ascii') as file:
            return names[-1], file.read()

    def processes(self):
        """Command lines that name the lab, but for the supervisors."""
        found = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open(f'/proc/{pid}/cmdline', 'rb') as file:
                    line = file.read().replace(b'\0', b' ').decode()
            except OSError:
                continue
            if self.directory + '/' in line and '--supervise' not in line \
                    and int(pid) != os.getpid():
                found.append(line)
        return found


class Writer(threading.Thread):
    """Writes rows one after the other, and logs what was acknowledged."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        self.lab = lab
        self.rows = []        # acknowledged
        self.moments = []     # when
        self.number = 0
        self.ending = False

    def work(self):
        session = self.lab.connect(*self.lab.nodes(),
                                   target_session_attrs='read-write')
        with session.cursor() as cursor:
            while not self.ending:
                self.number += 1
                cursor.execute('insert into written values (%s)',
                               (self.number,))
                self.moments.append(time.monotonic())
                self.rows.append(self.number)
                time.sleep(0.003)

    def run(self):
        while not self.ending:
            try:
                self.work()
            except psycopg2.Error:
                time.sleep(0.2)

    def since(self, moment):
        """Seconds from moment to the first row behind it; None: none yet."""
        for at in reversed(self.moments):
            if at < moment:
                break
            first = at
        else:
            return None
        return first - moment if self.moments[-1] >= moment else None


def run(test, *arguments):
    """Runs a test of a lab; the exit status tells ctest."""
    begun = time.monotonic()
    try:
        test(*arguments)
    except (Wrong, psycopg2.Error, subprocess.SubprocessError) as error:
        print('FAILED:', error, file=sys.stderr)
        raise
    print(f'passed in {time.monotonic() - begun:.0f} s')
