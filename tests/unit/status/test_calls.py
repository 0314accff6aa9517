"""Many are called at once, and nothing waits for those that hang."""

import threading
import time

import pytest

from metallb.status.calls import answers


def test_every_item_is_called_and_no_more_than_so_many_at_once():
    busy, most, lock, enough = [0], [0], threading.Lock(), threading.Event()

    def ask(number):
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
            if busy[0] == 4:
                enough.set()
        # The first ones wait for each other: threads start at odds on a busy machine.
        enough.wait(30)
        time.sleep(0.01)
        with lock:
            busy[0] -= 1
        return number * 2

    assert dict(answers(range(30), ask, at_once=4)) == {n: n * 2 for n in range(30)}
    assert most == [4]
    assert list(answers([], ask, at_once=4)) == []


def test_an_interrupt_waits_for_no_call_and_begins_no_other():
    release, requests = threading.Event(), []
    others = set(threading.enumerate())

    def ask(number):
        requests.append(number)
        if number:
            release.wait(60)
        return number

    found = answers(range(100), ask, at_once=2)
    assert next(found) == (0, 0)
    start = time.monotonic()
    found.close()
    # Far less than those who hang would take, and far more than a busy machine does.
    assert time.monotonic() - start < 10
    hanging = set(threading.enumerate()) - others
    assert hanging
    release.set()
    for thread in hanging:
        thread.join(30)
        assert not thread.is_alive()
    assert len(requests) <= 4


def test_what_goes_wrong_in_asking_is_raised():
    def ask(number):
        raise LookupError(number)

    with pytest.raises(LookupError):
        list(answers([1, 2], ask, at_once=2))
