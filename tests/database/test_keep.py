#!/usr/bin/python3
"""What mmp-keep keeps on a lead ends with it.

usage: test_keep.py PROGRAM
"""

import os
import signal
import subprocess
import sys
import tempfile

from lab import check, run, until


def read_pid(path):
    """What a shell has written there, once it has."""
    def whole():
        try:
            with open(path, encoding='ascii') as file:
                text = file.read()
        except FileNotFoundError:
            return None
        return int(text) if text.endswith('\n') else None
    return until(whole, 10, f'{path} is written')


def gone(pid):
    """Ended, if not reaped yet by whoever has to."""
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as file:
            return file.read().rsplit(')', 1)[1].split()[0] == 'Z'
    except OSError:
        return True


def test(program):
    keep = os.path.join(os.path.dirname(os.path.abspath(program)), 'mmp-keep')

    def status(*words):
        return subprocess.run([keep, *words], check=False, timeout=30,
                              stderr=subprocess.DEVNULL).returncode

    check(status('sh', '-c', 'exit 7') == 7, 'the status is handed on')
    check(status('sh', '-c', 'kill -9 $$') == 137, 'a signal is told')
    check(status('/nowhere') == 127, 'no such program')
    check(status() == 2 and status('--nonsense', 'x') == 2, 'usage')

    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        # A child; one that it starts on a lead; and an orphan, adopted.
        script = (f'{keep} --on-lead sleep 1000 & echo $! >lead; '
                  f'sh -c "{keep} --adopted sleep 1000 & echo \\$! >orphan"; '
                  "trap 'echo told >told; exit 3' TERM; echo $$ >child; "
                  'while :; do sleep 0.1; done')

        def begin():
            for name in ('lead', 'orphan', 'child', 'told'):
                if os.path.exists(name):
                    os.unlink(name)
            kept = subprocess.Popen([keep, 'sh', '-c', script])
            pids = [read_pid(name) for name in ('lead', 'orphan', 'child')]
            until(lambda: all(
                os.path.basename(os.readlink(f'/proc/{pid}/exe')) != 'mmp-keep'
                for pid in pids), 10, 'each has become its program')
            return kept, pids

        kept, pids = begin()
        check(not any(gone(pid) for pid in pids), 'all of them run')
        kept.send_signal(signal.SIGTERM)
        check(kept.wait(10) == 3, 'it ends as its child does')
        check(os.path.exists('told'), 'the signal is handed on')
        until(lambda: all(gone(pid) for pid in pids), 5, 'none outlives it')

        kept, pids = begin()
        kept.kill()
        kept.wait(10)
        until(lambda: all(gone(pid) for pid in pids), 5,
              'none outlives one that was killed')

        kept, pids = begin()
        os.kill(pids[2], signal.SIGKILL)
        check(kept.wait(10) == 137, 'it ends with its child')
        until(lambda: all(gone(pid) for pid in pids), 5,
              'none outlives its child')
        os.chdir('/')


run(test, sys.argv[1])
