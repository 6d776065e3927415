#!/usr/bin/python3
"""Nodes die and links break under a writer: nothing that was acknowledged is
lost, and what the nodes say of each other is true.

usage: test_failover.py PROGRAM [ROUNDS [KIND...]]
  KIND: cut, kill, two, all, in turn
"""

import os
import subprocess
import sys
import time

from lab import Lab, Writer, check, run, skip, until

# The bounds count where ROUNDS are asked for; else the machine may be busy.
SLACK = 1 if len(sys.argv) > 2 else 3
STOPPED = 10 * SLACK  # seconds in which a lonely primary takes no more writes
TAKEN_OVER = 30 * SLACK  # seconds to the first row on another one
HEALED = 120   # seconds to a cluster in which all is well
LEASE = 25     # seconds, longer than any promise of a leader


class Round:
    """One failure, from a healthy cluster to a healthy cluster."""

    def __init__(self, lab, writer):
        self.lab = lab
        self.writer = writer
        self.primary = lab.node(until(lab.healthy, HEALED, 'all is well'))
        self.others = [n for n in lab.nodes() if n != self.primary]
        until(lab.can_fail_over, HEALED, 'there is a synchronous standby')
        until(lambda: writer.since(time.monotonic() - 1), 10, 'rows come')
        self.begun = 0.0
        self.times = {}

    def note(self, what, seconds):
        self.times[what] = seconds

    def fail(self, what, nodes):
        for node in nodes:
            self.lab.lab(what, str(node))
        self.begun = time.monotonic()

    def takes_writes(self, node):
        """Asked from the node itself: is it a primary that answers?"""
        certificates = self.lab.certificates()
        words = ' '.join(f'{key}={value}'
                         for key, value in certificates.items())
        asked = subprocess.run(
            ['ip', 'netns', 'exec', self.lab.namespace(node), 'psql', '-XAtqc',
             'select not pg_is_in_recovery()',
             f'host={self.lab.address(node)} user=postgres dbname=postgres '
             f'connect_timeout=2 {words}'],
            capture_output=True, text=True, check=False, timeout=20)
        return asked.stdout.strip() == 't'

    def stops(self, nodes):
        """None of these takes writes any more."""
        for node in nodes:
            until(lambda n=node: not self.takes_writes(n), STOPPED,
                  f'node {node} stops taking writes')
        self.note('stopped', time.monotonic() - self.begun)

    def taken_over(self):
        """Rows come again, after the last one that the old primary took."""
        until(lambda: any(self.takes_writes(n) for n in self.others),
              TAKEN_OVER, 'there is a new primary')
        moment = time.monotonic()
        until(lambda: self.writer.since(moment), TAKEN_OVER, 'rows come again')
        self.note('new primary', self.writer.moments[-1] - self.begun)
        check(self.times['new primary'] <= TAKEN_OVER,
              f'rows came again after {self.times["new primary"]:.1f} s')

    def nothing_written(self):
        """Once the failure counts, nobody acknowledges, for a whole lease."""
        moment = time.monotonic()
        until(lambda: time.monotonic() > self.begun + LEASE, LEASE + 5, '')
        check(self.writer.since(moment) is None,
              'rows were acknowledged without a majority')

    def shown(self, on, lost, primary=None):
        """status on these nodes: those are lost, and there is (no) primary."""
        for node in on:
            def true(n=node):
                status = self.lab.status(n)
                gone = {self.lab.address(m) for m in lost if m != n}
                return gone <= set(status.disconnected()) and (
                    bool(status.in_use) == bool(primary)) and not (
                    set(status.primaries()) & gone)
            until(true, 20, f'status of node {node} tells the truth')

    def heal(self, what, nodes):
        moment = time.monotonic()
        for node in nodes:
            self.lab.lab(what, str(node))
        until(self.lab.healthy, HEALED, 'all is well again')
        self.note('healed', time.monotonic() - moment)

    # The kinds.

    def cut(self):
        self.fail('cut', [self.primary])
        self.stops([self.primary])
        self.taken_over()
        self.shown(self.others, [self.primary], primary=True)
        self.shown([self.primary], self.others)
        self.heal('heal', [self.primary])

    def kill(self):
        self.fail('kill', [self.primary])
        self.taken_over()
        self.shown(self.others, [self.primary], primary=True)
        self.heal('start', [self.primary])

    def two(self):
        lost = [self.primary, self.others[0]]
        self.fail('kill', lost)
        self.shown(self.others[1:], lost)
        self.stops(self.others[1:])
        self.nothing_written()
        check(not self.takes_writes(self.others[1]), 'one of three promoted')
        self.heal('start', lost)

    def all(self):
        nodes = list(self.lab.nodes())
        self.fail('cut', nodes)
        self.stops(nodes)
        self.nothing_written()
        for node in nodes:
            check(not self.takes_writes(node), f'node {node} promoted')
            self.shown([node], [n for n in nodes if n != node])
        self.heal('heal', nodes)

    KINDS = {'two': two, 'cut': cut, 'all': all, 'kill': kill}


def compare(lab, writer):
    """Every node has every acknowledged row, and the same history."""
    acknowledged = list(writer.rows)
    lost = 0
    for node in lab.nodes():
        def missing(n=node):
            have = {row[0] for row in lab.sql([n], 'select n from written')}
            return [n for n in acknowledged if n not in have]
        deadline = time.monotonic() + 20
        while missing() and time.monotonic() < deadline:
            time.sleep(0.5)
        lost += len(missing())
    check(lost == 0, f'{lost} acknowledged rows are lost')
    newest = {lab.histories(node) for node in lab.nodes()}
    check(len(newest) == 1, f'different histories: {newest}')
    return len(acknowledged), lost


def test(program, rounds, names):
    with Lab(program, namespaces=True) as lab:
        lab.make_certificates()
        lab.form()
        lab.write('create table written (n bigint primary key)')
        writer = Writer(lab)
        writer.start()
        for number in range(rounds):
            name = names[number % len(names)]
            one = Round(lab, writer)
            Round.KINDS[name](one)
            rows, lost = compare(lab, writer)
            figures = ', '.join(f'{what} {seconds:.1f} s'
                                for what, seconds in one.times.items())
            print(f'round {number + 1}, {name}: {figures}; '
                  f'{rows} rows acknowledged, {lost} lost', flush=True)
        writer.ending = True
        writer.join(10)


if os.geteuid() != 0:
    skip('network namespaces need root')
run(test, sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3,
    sys.argv[3:] or list(Round.KINDS))
