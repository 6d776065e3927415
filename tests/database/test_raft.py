#!/usr/bin/python3
"""The raft node that mmp-patroni makes of PySyncObj's keeps its promises over
a restart, and a node leaves its group though its Patroni is down.

usage: test_raft.py PROGRAM
"""

import importlib.machinery
import importlib.util
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

from lab import check, run, until  # skips when something is missing

import pysyncobj
import pysyncobj.journal


def load(program):
    """services/database/mmp-patroni, which has no ending of a module."""
    path = os.path.join(os.path.dirname(program), 'mmp-patroni')
    loader = importlib.machinery.SourceFileLoader('mmp_patroni', path)
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader('mmp_patroni', loader))
    loader.exec_module(module)
    return module


def free_port():
    with socket.socket() as place:
        place.bind(('127.0.0.1', 0))
        return place.getsockname()[1]


def live(address, journal):
    """One life of a raft node that is alone; returns its term as leader."""
    node = pysyncobj.SyncObj(address, [], pysyncobj.SyncObjConf(
        journalFile=journal, dynamicMembershipChange=True))
    try:
        until(lambda: node.getStatus()['leader'] is not None, 20,
              'there is a leader')
        status = node.getStatus()
        until(lambda: node.getStatus()['commit_idx'] >= status['log_len'], 20,
              'all is committed')
        return node.getStatus()['raft_term']
    finally:
        node.destroy()
        time.sleep(0.5)


class Group:
    """What mmp-patroni sees of its group from a node that is to leave."""

    def __init__(self, others, hears):
        self.address = '127.0.0.1'
        self.addresses = others
        self.hears = hears  # the others do what they are asked
        self.counted = bool(others)

    def others(self):
        return self.addresses

    def raft_members(self, ask_self):
        check(not ask_self, 'it asks itself')
        members = self.others() + [self.address] * self.counted
        return [{'addr': f'{member}:5433', 'leader': member == self.address}
                for member in members]

    def raft(self, _address, command, own):
        check((command, own) == ('remove', '127.0.0.1:5433'), command)
        self.counted = not self.hears


def check_leave(module):
    gone = subprocess.Popen(['true'])
    gone.wait()
    module.MEMBER_TIME = 0.5
    for keeper in (0, gone.pid, os.getpid()):
        module.leave_group(Group(['127.0.0.2'], True), str(keeper))
        check(module.patronis(keeper) == [], f'{keeper} keeps something')
    for others, words in ((['127.0.0.2'], 'still count this one'),
                          ([], 'no other node answers')):
        try:
            module.leave_group(Group(others, False), '0')
            check(False, f'it has left, but {words}')
        except module.Failure as failure:
            check(words in failure.args[2], failure.args)


def test(program):
    address = f'127.0.0.1:{free_port()}'
    module = load(program)
    check_leave(module)
    module.mend_raft()
    with tempfile.TemporaryDirectory() as directory:
        journal = os.path.join(directory, 'journal')
        terms = [live(address, journal) for _ in range(3)]
        check(terms == [1, 2, 3], f'terms of three lives: {terms}')
        with open(journal + '.vote', encoding='ascii') as file:
            kept = json.load(file)
        check(kept == {'term': 3, 'voted': address}, f'kept: {kept}')

        # What was noted as committed is not in the log that the disk has.
        entries = pysyncobj.journal.FileJournal(journal)
        last = entries[-1][1]
        entries.setRaftCommitIndex(last + 5)
        entries.onOneSecondTimer()
        check(pysyncobj.journal.FileJournal(journal).getRaftCommitIndex() ==
              last, 'an index behind the end of the log')

        # What is added is on the disk before anybody is told: another reader
        # of the file sees it, though the first one has not ended.
        entries.add(b'entry', last + 1, 3)
        check(pysyncobj.journal.FileJournal(journal)[-1][:2] ==
              (b'entry', last + 1), 'an entry that is not in the file')


run(test, sys.argv[1])
