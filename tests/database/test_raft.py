#!/usr/bin/python3
"""The raft node that mmp-patroni makes of PySyncObj's keeps its promises over
a restart.

usage: test_raft.py PROGRAM
"""

import importlib.machinery
import importlib.util
import json
import os
import socket
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


def test(program):
    address = f'127.0.0.1:{free_port()}'
    load(program).mend_raft()
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
