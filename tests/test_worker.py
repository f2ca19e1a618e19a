"""A notebook in its confined process, on every isolation that this machine offers."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograder.errors import RunnerError
from autograder.holding import first_not_held
from autograder.runner import codec, probe, process
from autograder.runner import session as session_module
from autograder.runner.codec import Opaque, Source
from autograder.runner.outcome import Outcome
from autograder.runner.served import Served
from autograder.runner.session import Session
from autograder.runner.worker import Worker

REPOSITORY = Path(__file__).resolve().parents[1]
TIERS = [probe.CONFINED, probe.WALLED]


def skip_unless_possible(tier: str) -> None:
    found = probe.probe()
    if found.isolation is None or (tier == probe.WALLED and not found.bwrap):
        pytest.skip(f"{tier} is not possible here: {' '.join(map(str, found.remedies))}")


@pytest.fixture(scope="module", params=TIERS)
def worker(request: pytest.FixtureRequest) -> Iterator[Worker]:
    skip_unless_possible(request.param)
    with Worker(request.param) as worker:
        yield worker


@pytest.fixture
def session(worker: Worker) -> Iterator[Session]:
    with worker.session() as session:
        yield session


def run(session: Session, source: str, seconds: float = 5) -> object:
    (outcome,) = session.run_cells([textwrap.dedent(source)], seconds=seconds)
    return outcome


def printed(session: Session, source: str) -> str:
    outcome = run(session, source)
    assert outcome.status == "ok", outcome
    return outcome.output.strip()


def define(session: Session, source: str) -> None:
    assert run(session, "import numpy as np\n" + textwrap.dedent(source)).status == "ok"


def test_the_isolation_is_named(worker: Worker) -> None:
    assert worker.isolation in TIERS


# Cells


def test_an_error_ends_its_cell_only_and_names_its_line(session: Session) -> None:
    outcomes = session.run_cells(
        ["a = 1\nb = [][a]\nc = 3", "x = = 1", "print(a)", "d = c", "print('last')"], seconds=5
    )
    assert [outcome.status for outcome in outcomes] == ["error", "error", "ok", "error", "ok"]
    assert [outcome.index for outcome in outcomes] == [0, 1, 2, 3, 4]
    first, second, third, fourth, _ = outcomes
    assert (first.error.type, first.error.line, first.error.lineno) == (
        "IndexError",
        "b = [][a]",
        2,
    )
    assert second.error.type == "SyntaxError"
    assert second.error.line == "x = = 1"
    assert third.output == "1\n"
    assert fourth.error.type == "NameError"


def test_cells_that_hang_or_die_are_left_out_and_the_others_kept(session: Session) -> None:
    outcomes = session.run_cells(
        [
            "def f(): return 1",
            "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
            "import os\nos._exit(0)",
            "def g(): return f() + 1",
            "import ctypes\nctypes.string_at(0)",
        ],
        seconds=0.2,
    )
    assert [o.status for o in outcomes] == ["ok", "timeout", "crashed", "ok", "crashed"]
    assert "status 0" in outcomes[2].error.message
    assert "signal 11" in outcomes[4].error.message
    assert session.call("g", {}, seconds=1).value == 2


@pytest.mark.parametrize(
    "source",
    [
        "!ls",
        "files = !ls",
        "%%bash\nls",
        "%%script sh\nls",
        "%pip install nothing",
        "%timeit 1 + 1",
        "n1 = 1\n%timeit -n 1000000000 -r7 3 -n1",
        "%%timeit -q -r 2 -n1000000000\n1 + 1",
        "%%time\nsum(range(3))",
        "%matplotlib inline",
        "exit()",
        "quit",
        "%cd .",
        "import asyncio\nawait asyncio.sleep(0)",
        "from autograder import check\ncheck('f')",
        "display({'a': 1})",
        "help(len)",
        "import threading\nt = threading.Thread(target=int)\nt.start()\nt.join()",
        "import tempfile\nwith tempfile.TemporaryFile() as file: file.write(b'x')",
        "%%writefile mine.py\nx = 1",
    ],
)
def test_what_notebooks_do_does_no_harm(session: Session, source: str) -> None:
    outcome = run(session, source)
    assert outcome.status == "ok", outcome
    assert printed(session, "print('still here')") == "still here"


def test_cells_of_several_lines_do_what_ipython_makes_of_them(session: Session) -> None:
    outcomes = session.run_cells(
        [
            "from __future__ import annotations\ndef f(x: nowhere): return x",
            "x = 1\ndef g(x: nowhere): return x",  # the future import holds in later cells
            "x = 2\nx + 40",
            "%cd .\nx += 1\nx?",
            "print(x)\nlen?",
            "def h():\n    return [\n%timeit\n]",
            "import inspect\nprint(inspect.getsource(f), end='')",
            "x = 3\nexit()\nx = 4",
            "x = 5\nraise SystemExit",
            "print(x)\nNone",
        ],
        seconds=5,
    )
    status = [outcome.status for outcome in outcomes]
    assert status == ["ok"] * 5 + ["error", "ok", "ok", "error", "ok"]
    assert "42" in outcomes[2].output
    assert "Docstring" in outcomes[4].output
    assert outcomes[5].error.type == "SyntaxError"
    assert outcomes[6].output == "def f(x: nowhere): return x\n"
    assert outcomes[8].error.type == "SystemExit"
    assert outcomes[8].error.line == "raise SystemExit"
    assert outcomes[9].output == "5\n"


def test_shell_commands_say_that_there_are_none(session: Session) -> None:
    assert "not available" in printed(session, "!ls /")


def test_plots_are_drawn_and_saved(session: Session) -> None:
    pytest.importorskip("matplotlib")
    define(session, "%matplotlib inline\nimport matplotlib.pyplot as plt")
    source = """
        import os, warnings
        warnings.simplefilter("ignore")
        plt.plot([1, 2])
        plt.show()
        plt.savefig("x.png")
        print(os.path.getsize("x.png") > 1000)
    """
    assert printed(session, source) == "True"


def test_nobody_answers_input(session: Session) -> None:
    assert run(session, "input('name? ')").error.type == "EOFError"
    assert (
        printed(session, "import sys, os; print(repr(sys.stdin.read()), os.read(0, 9))") == "'' b''"
    )


def test_output_is_clipped_and_memory_spared(session: Session) -> None:
    outcome = run(session, "for _ in range(50_000): print('x' * 100)")
    assert outcome.status == "ok"
    assert 9_000 < len(outcome.output) < 11_000
    assert run(session, "import sys; print('to stderr', file=sys.stderr)").output == "to stderr\n"
    assert run(session, "import os\n_ = os.write(1, b'raw'), os.write(2, b'raw')").output == ""


def test_files_lie_in_the_current_folder(worker: Worker) -> None:
    with worker.session(
        files={"names.txt": b"Ada\n", "data/more.txt": b"x" * 3_000_000}
    ) as session:
        assert printed(session, "print(open('names.txt').read())") == "Ada"
        assert printed(session, "print(len(open('data/more.txt').read()))") == "3000000"
        assert run(session, "import os\nos._exit(1)").status == "crashed"
        assert printed(session, "print(open('names.txt').read())") == "Ada"


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a/../../x"])
def test_files_stay_inside_the_folder(worker: Worker, name: str) -> None:
    with worker.session(files={name: b""}) as session, pytest.raises(RunnerError):
        run(session, "1")


# Calls


def test_a_call_returns_the_value_and_the_time(session: Session) -> None:
    define(session, "def f(x, y): return {'sum': x + y, 'pair': (x, [1, None])}")
    x, y = np.arange(6.0).reshape(2, 3), np.ones((2, 3))
    outcome = session.call("f", {"x": x, "y": y}, seconds=1)
    assert outcome.status == "value"
    np.testing.assert_array_equal(outcome.value["sum"], x + y)
    np.testing.assert_array_equal(outcome.value["pair"][0], x)
    assert outcome.value["pair"][1] == [1, None]
    assert (outcome.changed, outcome.output, outcome.warnings) == ((), "", ())
    assert 0 <= outcome.cpu_s < 1


def test_arguments_go_by_position_in_their_order(session: Session) -> None:
    define(session, "def f(first, second): return first - second")
    assert session.call("f", {"z": 5, "a": 3}, seconds=1).value == 2


def test_arguments_changed_in_place_are_named(session: Session) -> None:
    define(
        session,
        """
        def f(x, p, rows, untouched):
            x += 1
            p["W"][0, 0] = 5
            rows.append(1)
            return x
        """,
    )
    arguments = {"x": np.zeros(3), "p": {"W": np.eye(2)}, "rows": [], "untouched": np.ones(9_000)}
    outcome = session.call("f", arguments, seconds=1)
    assert outcome.changed == ("x", "p", "rows")
    assert arguments["x"].tolist() == [0, 0, 0]


def test_arguments_can_be_resized_like_any_array(session: Session) -> None:
    define(session, "def f(x):\n    x.resize((2, 2), refcheck=False)\n    return x")
    assert session.call("f", {"x": np.ones(2)}, seconds=1).value.tolist() == [[1, 1], [0, 0]]


def test_functions_are_passed_as_source(session: Session) -> None:
    define(session, "def f(g, h, x):\n    x[0] = 9\n    return g(x) + h['k'](x)")
    arguments = {
        "g": Source("lambda v: np.sum(v)"),
        "h": {"k": Source("lambda v: 1.0")},
        "x": np.ones(2),
    }
    outcome = session.call("f", arguments, seconds=1)
    assert outcome.value == 11.0
    assert outcome.changed == ("x",)


def test_an_exception_names_the_students_line(session: Session) -> None:
    define(session, "def f(x):\n    y = x + 1\n    return y.reshape(7, 7)")
    outcome = session.call("f", {"x": np.ones(3)}, seconds=1)
    assert outcome.status == "exception"
    assert outcome.error.type == "ValueError"
    assert "reshape" in outcome.error.message
    assert outcome.error.line == "return y.reshape(7, 7)"
    assert outcome.error.lineno == 4


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("raise SystemExit(0)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("return f()", "RecursionError"),
        ("return np.zeros(10**11)", "MemoryError"),
        ("return input()", "EOFError"),
        ("raise type('Odd', (Exception,), {'__str__': lambda s: 1 / 0})", "Odd"),
        ("raise ValueError('x' * 10**6)", "ValueError"),
        ("class Mine(ValueError): pass\n    raise Mine", "ValueError"),
        ("class Mine(KeyError): pass\n    class Odder(Mine): pass\n    raise Odder", "KeyError"),
    ],
)
def test_every_exception_is_reported(session: Session, body: str, kind: str) -> None:
    define(session, f"def f():\n    {body}")
    outcome = session.call("f", {}, seconds=2)
    assert outcome.status == "exception"
    assert outcome.error.type == kind
    assert len(outcome.error.message) <= 500


def test_functions_may_call_themselves_a_thousand_times(session: Session) -> None:
    define(session, "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)")
    assert session.call("f", {"n": 2000}, seconds=2).value == 2000


def test_a_missing_function_is_undefined(session: Session) -> None:
    assert session.call("nothing", {}, seconds=1).status == "undefined"
    define(session, "nothing = 3")
    assert session.call("nothing", {}, seconds=1).error.type == "TypeError"


def test_warnings_are_told_not_raised_and_not_kept(session: Session) -> None:
    define(
        session,
        "import warnings\nwarnings.simplefilter('error')\ndef f(x):\n    return np.log(x)",
    )
    for _ in range(2):
        outcome = session.call("f", {"x": np.array([-1.0])}, seconds=1)
        assert np.isnan(outcome.value[0])
        assert outcome.warnings == ("RuntimeWarning: invalid value encountered in log",)
    assert session.call("f", {"x": np.array([1.0])}, seconds=1).warnings == ()


def test_unseeded_random_numbers_are_the_same_in_every_run(worker: Worker) -> None:
    values = []
    for _ in range(2):
        with worker.session() as session:
            define(session, "import random\ndef f(): return np.random.randn(), random.random()")
            values += [session.call("f", {}, seconds=1).value for _ in range(2)]
    assert values.count(values[0]) == 4


def test_printing_in_a_call_does_no_harm(session: Session) -> None:
    define(session, "def f():\n    print('y' * 10**6)\n    return 1")
    outcome = session.call("f", {}, seconds=1)
    assert (outcome.value, outcome.output) == (1, "")
    assert printed(session, "print('clean')") == "clean"


def test_a_value_that_cannot_be_sent_arrives_as_its_name(session: Session) -> None:
    define(
        session,
        """
        def f(): return [object(), lambda: 0]
        def g():
            a = []
            a.append(a)
            return a
        """,
    )
    value = session.call("f", {}, seconds=1).value
    assert [part.type_name for part in value] == ["object", "function"]
    assert isinstance(session.call("g", {}, seconds=1).value, Opaque)


# What hangs, dies or lies


def test_a_function_that_hangs_costs_itself_only(session: Session) -> None:
    define(session, "def hang():\n    while True: pass\ndef good(): return 1")
    outcome = session.call("hang", {}, seconds=0.2)
    assert outcome.status == "timeout"
    assert outcome.cpu_s >= 0.2
    assert session.call("good", {}, seconds=1).value == 1


def test_a_function_that_sleeps_is_ended_too(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    define(session, "import time\ndef f(): time.sleep(1000)\ndef good(): return 1")
    monkeypatch.setattr(process, "MOST_IDLE", 0.3)
    assert session.call("f", {}, seconds=0.01).status == "timeout"
    monkeypatch.undo()
    assert session.call("good", {}, seconds=1).value == 1


def test_a_busy_machine_costs_nothing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for a processor is neither computing nor idling, however long it takes."""
    define(
        session,
        """
        import time
        def f():
            end = time.process_time() + 0.15
            while time.process_time() < end: pass
            return time.perf_counter()
        """,
    )
    begin = session.call("f", {}, seconds=5).value
    assert session._process is not None
    pid, here = session._process._seen_pid, min(os.sched_getaffinity(0))
    if not Path(f"/proc/{pid}/schedstat").exists():
        pytest.skip("this kernel does not tell how long a process waited for a processor")
    burn = f"import os\nos.sched_setaffinity(0, {{{here}}})\nprint(flush=True)\nwhile True: pass"
    others = [
        subprocess.Popen([sys.executable, "-S", "-c", burn], stdout=subprocess.PIPE)
        for _ in range(6)
    ]
    try:
        for other in others:
            other.stdout.readline()
        os.sched_setaffinity(pid, {here})
        monkeypatch.setattr(process, "MOST_IDLE", 0.3)
        outcome = session.call("f", {}, seconds=0.3)
    finally:
        for other in others:
            other.kill()
            other.communicate()
    assert outcome.status == "value", outcome
    assert outcome.value - begin > 0.3  # longer than both limits


@pytest.mark.parametrize(
    "body",
    [
        "os._exit(3)",
        "os.abort()",
        "ctypes.string_at(0)",
        "os.closerange(3, 300)",
        "os.kill(os.getpid(), 9)",
    ],
)
def test_a_function_that_dies_costs_itself_only(session: Session, body: str) -> None:
    define(session, f"import os, ctypes\ndef die():\n    {body}\ndef good(): return 1")
    outcome = session.call("die", {}, seconds=2)
    assert outcome.status == "crashed"
    assert outcome.error.type == "Crash"
    assert session.call("good", {}, seconds=1).value == 1


def test_each_call_has_a_cap_of_its_own(worker: Worker) -> None:
    with worker.session(memory_mb=256) as session:
        define(
            session,
            """
            kept = np.ones(12 * 2**20)  # what the cells left behind does not count
            def large(): return float(np.ones(16 * 2**20).sum())
            def greedy():
                import resource
                try:
                    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
                except (OSError, ValueError):
                    pass
                return large()
            """,
        )
        for name in ("large", "greedy"):
            assert session.call(name, {}, seconds=9, memory_mb=64).error.type == "MemoryError"
            assert session.call(name, {}, seconds=9, memory_mb=160).value == 16 * 2**20


def test_the_time_of_served_functions_is_the_callers(session: Session) -> None:
    def helper(times: int) -> int:
        return sum(len(str(number)) for number in range(times))

    define(session, "def f(n):\n    try: return helper(n)\n    except BaseException: return 0")
    quick = session.call("f", {"n": 10}, seconds=5, served={"helper": helper})
    assert (quick.status, quick.value) == ("value", 10)
    endless = session.call("f", {"n": 10**12}, seconds=0.2, served={"helper": helper})
    assert endless.status == "timeout"
    assert endless.cpu_s >= 0.2


def test_cells_have_a_time_together(session: Session) -> None:
    spin = "import time\nend = time.process_time() + 0.15\nwhile time.process_time() < end: pass"
    outcomes = session.run_cells([spin, "a = 1", spin, spin, "b = 1"], seconds=5, together=0.25)
    assert [outcome.status for outcome in outcomes] == ["ok", "ok", "timeout", "timeout", "timeout"]
    assert "used up" in outcomes[-1].error.message
    define(session, "def f(): return a")
    assert session.call("f", {}, seconds=1).value == 1


def test_a_notebook_cannot_take_for_ever(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.runner.session.ALL_SECONDS", 0.3)
    with worker.session() as session:
        define(session, "def f():\n    while True: pass\ndef g(): return 1")
        assert session.call("g", {}, seconds=1).value == 1
        assert session.call("f", {}, seconds=0.4).status == "timeout"
        assert session.call("g", {}, seconds=1).status == "timeout"
        assert run(session, "a = 1").status == "timeout"


def test_a_reply_in_drops_is_idleness(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MOST_IDLE", 0.5)
    define(
        session,
        """
        import os, stat, time
        def f():
            (n,) = [n for n in range(3, 99) if is_socket(n)]
            os.write(n, bytes([255, 255, 255, 0]))
            while True:
                time.sleep(0.02)
                os.write(n, b"x")
        def is_socket(n):
            try: return stat.S_ISSOCK(os.fstat(n).st_mode)
            except OSError: return False
        """,
    )
    outcome = session.call("f", {}, seconds=60)
    assert outcome.status == "timeout"
    assert outcome.idle_s > 0.4


def test_memory_is_capped(worker: Worker) -> None:
    with worker.session(memory_mb=64) as session:
        define(
            session,
            """
            def small(): return float(np.ones(2**20).sum())
            def large(): return float(np.ones(16 * 2**20).sum())
            def steps():
                kept = []
                while True: kept.append(np.ones(2**17))
            """,
        )
        assert session.call("large", {}, seconds=2).error.type == "MemoryError"
        assert session.call("steps", {}, seconds=2).error.type == "MemoryError"
        assert session.call("small", {}, seconds=2).value == 2**20


@pytest.mark.parametrize(
    "data",
    [
        b"garbage that is no message at all",
        b"\xff\xff\xff\x7f",
        b"\x08\x00\x00\x00\x04\x00\x00\x00\x94\x00\x01\x02",
        b"\x00\x00\x00\x00" * 50,
    ],
)
def test_forged_bytes_cost_their_author_only(session: Session, data: bytes) -> None:
    define(
        session,
        f"""
        import os, stat
        def forge():
            for n in range(3, 300):
                try:
                    if stat.S_ISSOCK(os.fstat(n).st_mode): os.write(n, {data!r})
                except OSError: pass
            while True: pass
        def good(): return 1
        """,
    )
    assert session.call("forge", {}, seconds=0.5).status in ("crashed", "timeout")
    assert session.call("good", {}, seconds=1).value == 1


@pytest.mark.parametrize(
    "reply",
    [
        "[np.ones(3), 'value', 1, [], [], []]",
        "[number, np.ones(3), 1, [], [], []]",
        "[number + 1, 'value', 1, [], [], []]",
        "[number, 'value', 1, ['other'], []]",
        "[number, 'value', 1, [np.ones(2)], []]",
        "[number, 'exception', 'text', [], [], []]",
        "[number, 'serve', 'f', [], {}]",
        "[number]",
        "7",
    ],
)
def test_forged_replies_cost_their_author_only(session: Session, reply: str) -> None:
    define(
        session,
        f"""
        import sys
        def forge():
            frame = sys._getframe()
            while "served" not in frame.f_locals: frame = frame.f_back
            number = frame.f_locals["number"]
            frame.f_locals["self"]._channel.send({reply})
            while True: pass
        def good(): return 1
        """,
    )
    outcome = session.call("forge", {}, seconds=1)
    assert outcome.status == "crashed", outcome
    assert session.call("good", {}, seconds=1).value == 1


def statuses(outcomes: Iterable[Outcome]) -> list[str]:
    return [outcome.status for outcome in outcomes]


def test_many_calls_go_together_and_come_back_in_order(session: Session) -> None:
    define(session, "def f(x, y): return y, x")
    cases = [{"x": np.full((n, 3), n), "y": "a" * n} for n in range(300)]
    outcomes = list(session.call_all("f", cases, seconds=5))
    for case, outcome in zip(cases, outcomes, strict=True):
        assert outcome.value[0] == case["y"]
        np.testing.assert_array_equal(outcome.value[1], case["x"])
    assert statuses(session.call_all("f", [], seconds=1)) == []
    assert session.call("f", {"x": 1, "y": 2}, seconds=1).value == (2, 1)


def test_many_large_calls_do_not_block_each_other(session: Session) -> None:
    define(session, "def f(x): return [x] + [x + i for i in range(3)]")
    cases = [{"x": np.full(200_000, n)} for n in range(8)]
    outcomes = list(session.call_all("f", cases, seconds=20))
    assert [outcome.value[2][7] for outcome in outcomes] == [n + 1 for n in range(8)]


def test_among_many_calls_only_the_bad_ones_are_lost(session: Session) -> None:
    define(
        session,
        """
        import os
        def f(x):
            if x == 2: os._exit(3)
            if x == 4: raise ValueError("four")
            while x == 5: pass
            return x * 10
        """,
    )
    outcomes = list(session.call_all("f", [{"x": n} for n in range(8)], seconds=0.3))
    assert statuses(outcomes) == [
        "value", "value", "crashed", "value", "exception", "timeout", "value", "value",
    ]  # fmt: skip
    assert [o.value for o in outcomes if o.status == "value"] == [0, 10, 30, 60, 70]


def test_the_time_is_for_all_calls_together(session: Session) -> None:
    define(
        session,
        """
        import time
        def f(x):
            end = time.process_time() + 0.15
            while time.process_time() < end: pass
            return x
        """,
    )
    assert statuses(session.call_all("f", [{"x": n} for n in range(3)], seconds=0.2)) == [
        "value", "timeout", "value",
    ]  # fmt: skip


def test_calls_that_nobody_waits_for_are_not_made(session: Session) -> None:
    define(session, "made = 0\ndef f(x):\n    global made\n    made += 1\n    return made")
    calls = session.call_all("f", [{"x": n} for n in range(5)], seconds=1)
    assert next(calls).value == 1
    calls.close()
    assert session.call("f", {"x": 0}, seconds=1).value == 1  # in a new process


def test_a_missing_function_is_undefined_for_all_calls(session: Session) -> None:
    assert statuses(session.call_all("f", [{}, {}, {}], seconds=1)) == ["undefined"] * 3
    define(session, "def g(x): return x")
    assert session.call("g", {"x": 1}, seconds=1).value == 1


def test_served_functions_answer_many_calls(session: Session) -> None:
    define(session, "def f(x): return helper(x) + helper(2 * x)")
    outcomes = session.call_all(
        "f", [{"x": n} for n in range(20)], seconds=2, served={"helper": lambda x: x + 1}
    )
    assert [outcome.value for outcome in outcomes] == [3 * n + 2 for n in range(20)]


def test_arguments_changed_in_one_of_many_calls_are_named(session: Session) -> None:
    define(session, "def f(x, d):\n    if len(x) == 2:\n        x[0] = d['a'] = 5\n    return 1")
    shared = {"a": 1}
    cases = [{"x": np.ones(n), "d": shared} for n in (1, 2, 3)]
    changed = [outcome.changed for outcome in session.call_all("f", cases, seconds=1)]
    assert changed == [(), ("x", "d"), ()]


def test_an_extra_reply_costs_its_author_only(session: Session) -> None:
    define(
        session,
        """
        import sys
        def f(x):
            frame = sys._getframe()
            while frame and "_channel" not in getattr(frame.f_locals.get("self"), "__dict__", {}):
                frame = frame.f_back
            channel = frame.f_locals["self"]._channel
            if x == 1:
                channel.send([frame.f_locals["number"], "value", 7, [], [], []])
            return x
        """,
    )
    found = statuses(session.call_all("f", [{"x": 0}, {"x": 1}, {"x": 2}, {"x": 3}], seconds=1))
    assert found[0] == "value"
    assert "crashed" in found[1:3]
    assert found[3] == "value"


def test_fresh_forgets_what_calls_left_behind(session: Session) -> None:
    define(session, "count = 0\ndef f():\n    global count\n    count += 1\n    return count")
    assert [session.call("f", {}, seconds=1).value for _ in range(2)] == [1, 2]
    session.fresh()
    assert session.call("f", {}, seconds=1).value == 1


@pytest.mark.parametrize(
    "cache",
    [
        "types.SimpleNamespace(a=x, rest=[2 * x, 'note'])",
        "Cache(x, 2 * x)",
        "Slots(x, 2 * x)",
        "collections.deque([x, 2 * x])",
        "[Slots(x, None), Cache(2 * x, x)]",
        "objects(x, 2 * x)",
        "frozenset([Slots(x, 2 * x)])",
    ],
)
def test_what_is_in_an_object_arrives(session: Session, cache: str) -> None:
    define(
        session,
        f"""
        import collections, dataclasses, types
        @dataclasses.dataclass
        class Cache:
            a: object
            b: object
        class Slots:
            __slots__ = ("a", "b")
            def __init__(self, a, b): self.a, self.b = a, b
        def objects(*parts):
            array = np.empty(len(parts), object)
            array[:] = parts
            return array
        def f(x): return x, {cache}
        """,
    )
    x = np.array([[1.0, 2.0]])
    value = session.call("f", {"x": x}, seconds=1).value[1]
    assert first_not_held([x, 2 * x], value, 1e-7) is None
    assert first_not_held([3 * x], value, 1e-7) is not None


@pytest.mark.parametrize(
    "mapping", ["types.MappingProxyType", "collections.UserDict", "collections.ChainMap"]
)
def test_a_mapping_is_a_dict(session: Session, mapping: str) -> None:
    define(session, f"import collections, types\ndef f(x): return {mapping}({{'x': x}})")
    assert session.call("f", {"x": 3}, seconds=1).value == {"x": 3}


def test_what_is_around_an_object_without_an_end_arrives(session: Session) -> None:
    define(
        session,
        """
        class Endless:
            def __init__(self, x): self.x, self.self = x, self
        class Bad:
            @property
            def __dict__(self): raise OSError
        def f(x): return [x, Endless(x), x, Bad(), f, np, Endless, iter([x]), {"x": x}]
        """,
    )
    first, *objects, last = session.call("f", {"x": np.ones(3)}, seconds=1).value
    assert first.tolist() == objects[1].tolist() == last["x"].tolist() == [1, 1, 1]
    assert [type(value) for value in objects] == [Opaque, np.ndarray, *[Opaque] * 5]


# Served functions


def test_a_served_function_takes_the_students_place_for_one_call(session: Session) -> None:
    define(session, "def helper(x): return 'mine'\ndef f(x): return helper(x), helper(x=x)")
    served = {"helper": lambda x: x * 10}
    assert session.call("f", {"x": 2}, seconds=1, served=served).value == (20, 20)
    assert session.call("f", {"x": 2}, seconds=1).value == ("mine", "mine")


@pytest.mark.parametrize(
    "before",
    [
        "def f(x, help=helper): return help(x)",
        "def f(x, *, help=helper): return help(x)",
        "other = helper\ndef f(x): return other(x)",
        "helpers = {'h': [helper]}\ndef f(x): return helpers['h'][0](x)",
        "class Tools:\n    help = staticmethod(helper)\ndef f(x): return Tools.help(x)",
        "from functools import partial\ndef g(help, x): return help(x)\nf = partial(g, helper)",
        "def make(help):\n    def f(x): return help(x)\n    return f\nf = make(helper)",
    ],
)
def test_a_served_function_is_called_whatever_its_place_is_called(
    session: Session, before: str
) -> None:
    define(session, f"def helper(x): return 'mine'\n{before}")
    for served, value in (({"helper": lambda x: x * 10}, 20), (None, "mine")):
        assert session.call("f", {"x": 2}, seconds=1, served=served).value == value


def test_a_served_function_takes_the_place_of_methods_and_closures(session: Session) -> None:
    define(
        session,
        """
        def make(k, l):
            def helper(x): return "mine", k, l
            return helper
        helper = make(1, 2)
        taken = helper
        class Model:
            def method(self, x): return "mine"
            def caller(self, x): return self.method(x), taken(x)
        model = Model()
        method, caller = model.method, model.caller
        """,
    )
    served = {"helper": lambda x: x * 10, "method": lambda x: x * 100}
    assert session.call("caller", {"x": 2}, seconds=1, served=served).value == (200, 20)
    assert session.call("caller", {"x": 2}, seconds=1).value == ("mine", ("mine", 1, 2))


def test_who_is_called_is_not_replaced_by_what_it_needs(session: Session) -> None:
    define(session, "def f(x): return 'mine'\nhelper = f")
    served = {"helper": lambda x: x * 10}
    assert session.call("f", {"x": 2}, seconds=1, served=served).value == "mine"


def test_a_served_function_need_not_exist_before(session: Session) -> None:
    define(session, "def f(x): return helper(x)")
    assert session.call("f", {"x": 1.0}, seconds=1, served={"helper": np.exp}).value == np.exp(1.0)
    assert session.call("f", {"x": 1.0}, seconds=1).error.type == "NameError"


def test_errors_and_warnings_of_a_served_function_are_the_students(session: Session) -> None:
    define(
        session,
        """
        def f(x):
            try:
                return helper(x)
            except ValueError as error:
                return str(error)
        """,
    )

    def helper(x: object) -> object:
        np.log(np.zeros(1))
        raise ValueError(f"no {x}")

    assert session.call("f", {"x": 3}, seconds=1, served={"helper": helper}).value == "no 3"


def test_what_was_asked_before_is_not_computed_again(worker: Worker) -> None:
    asked: list[float] = []

    def helper(x: np.ndarray) -> object:
        asked.append(float(x.sum()))
        return x + 1

    def other(x: np.ndarray) -> object:
        return x - 1

    def values(served: Served) -> list[object]:
        with worker.session() as session:  # of one student, then of the next
            define(session, "def f(x): return (helper(x) - helper(2 * x)).tolist()")
            cases = [{"x": np.arange(3.0) + n} for n in (0, 1, 0)]
            outcomes = list(session.call_all("f", cases, seconds=1, served=served))
            assert {outcome.asked for outcome in outcomes} == {frozenset({"helper"})}
            return [outcome.value for outcome in outcomes]

    wanted = [[-0.0, -1, -2], [-1, -2, -3], [-0.0, -1, -2]]
    assert values({"helper": helper}) == wanted
    assert asked == [3, 6, 6, 12]
    assert values({"helper": helper}) == wanted
    assert len(asked) == 4
    assert values({"helper": other}) == wanted
    assert values({"helper": helper, "other": other}) == wanted
    assert len(asked) == 8


def test_a_value_that_came_before_is_not_read_again(worker: Worker, monkeypatch) -> None:
    read = []
    decode = codec.decode
    monkeypatch.setattr(codec, "decode", lambda data: read.append(1) or decode(data))

    def outcomes(source: str, *, longest: int = 1 << 16) -> list[Outcome]:
        monkeypatch.setattr(session_module, "_LONGEST_READ", longest)
        with worker.session() as session:
            define(session, source)
            read.clear()
            found = [*session.call_all("g", [{"x": np.arange(3.0)}, {"x": np.ones(2)}], seconds=1)]
            return [replace(outcome, cpu_s=0, idle_s=0) for outcome in found]

    source = "def g(x):\n    x[0] = 7\n    return {'a': [x * 2], 'b': x.sum()}"
    first = outcomes(source)
    assert len(read) == 2
    again = outcomes(source)
    assert not read
    for one, other in zip(first, again, strict=True):
        assert (one.status, one.changed, one.size) == (other.status, ("x",), other.size)
        assert one.value["a"][0] is other.value["a"][0]
        with pytest.raises(ValueError, match="read-only"):
            one.value["a"][0][0] = 1
    long = outcomes(source, longest=10)
    assert len(read) == 2
    assert [repr(outcome.value) for outcome in long] == [repr(outcome.value) for outcome in first]
    assert [outcome.reply for outcome in long] == [b"", b""]
    for _ in range(2):  # the line that raised is each student's own
        failed = outcomes("def g(x):\n    return x[9]")
        assert len(read) == 2
        assert {(outcome.status, outcome.error.line) for outcome in failed} == {
            ("exception", "return x[9]")
        }


def test_an_error_of_a_served_function_is_not_kept(session: Session) -> None:
    define(session, "def f(x):\n    try: return helper(x)\n    except MemoryError: return 'full'")
    answers = iter([MemoryError, 7])

    def helper(_x: float) -> object:
        if (answer := next(answers)) is MemoryError:
            raise MemoryError
        return answer

    found = [session.call("f", {"x": 1}, seconds=1, served={"helper": helper}) for _ in "12"]
    assert [outcome.value for outcome in found] == ["full", 7]


def test_the_time_of_an_answer_counts_for_everyone_who_gets_it(session: Session) -> None:
    define(session, "def f(n):\n    for _ in range(n): helper(1)")

    def helper(_x: int) -> int:
        end = time.thread_time() + 0.1
        while time.thread_time() < end:
            pass
        return 1

    served = {"helper": helper}
    assert session.call("f", {"n": 1}, seconds=5, served=served).cpu_s > 0.1
    again = session.call("f", {"n": 3}, seconds=5, served=served)
    assert again.status == "value"
    assert again.cpu_s > 0.3
    assert session.call("f", {"n": 10}, seconds=0.5, served=served).status == "timeout"


def test_served_functions_cannot_be_made_to_fill_the_grader(session: Session) -> None:
    define(
        session,
        """
        def large(): return helper(np.ones(2 * 10**6), 1)
        def outer():
            try:
                return helper(np.ones((8000, 1)), np.ones((1, 8000)), 8)
            except MemoryError:
                return "refused"
        def endless():
            while True: helper(1, 1)
        """,
    )

    def helper(x: np.ndarray, y: np.ndarray, times: int = 1) -> object:
        return [x * y for _ in range(times)] and 1

    assert session.call("large", {}, seconds=1, served={"helper": helper}).status == "crashed"
    assert session.call("outer", {}, seconds=60, served={"helper": helper}).value == "refused"
    assert session.call("endless", {}, seconds=0.3, served={"helper": helper}).status == "timeout"


# Confinement


def refuses(session: Session, action: str) -> bool:
    source = f"""
        import os, socket
        try:
            {action}
            print("done")
        except OSError:
            print("refused")
        """
    return printed(session, source) == "refused"


@pytest.mark.parametrize(
    "path",
    [
        "reference/__init__.py",
        "reference",
        "assignments",
        "pyproject.toml",
        "autograder/compare.py",
    ],
)
def test_the_answers_cannot_be_read_by_their_true_path(session: Session, path: str) -> None:
    target = REPOSITORY / path
    if not target.exists():
        target = REPOSITORY / "reference" / "rnn_cell.py"
    assert target.exists()
    action = f"os.listdir({str(target)!r})" if target.is_dir() else f"open({str(target)!r}).read()"
    assert refuses(session, action)


def test_the_answers_cannot_be_imported(session: Session) -> None:
    for module in ("reference.rnn_cell", "autograder.compare", "autograder.runner.worker"):
        assert run(session, f"import {module}").error.type == "ModuleNotFoundError"
    assert str(REPOSITORY) not in printed(session, "import sys; print(sys.path)").split("'")


def test_files_of_others_can_neither_be_read_nor_written(session: Session, tmp_path: Path) -> None:
    target = tmp_path / "submission.ipynb"
    target.write_text("{}")
    target.chmod(0o666)
    tmp_path.chmod(0o777)
    for action in (
        f"open({str(target)!r}).read()",
        f"open({str(target)!r}, 'w')",
        f"os.truncate({str(target)!r}, 0)",
        f"os.unlink({str(target)!r})",
        f"os.rename({str(target)!r}, {str(target) + 'x'!r})",
        f"os.link({str(target)!r}, 'link')",
        f"open({str(tmp_path / 'new')!r}, 'w')",
        f"os.mkdir({str(tmp_path / 'folder')!r})",
        "open('/etc/passwd').read()",
        "open('/proc/self/environ').read()",
        "os.listdir('/proc')",
        f"open('/proc/{os.getpid()}/cmdline').read()",
    ):
        assert refuses(session, action), action
    printed(session, f"import os\ntry: os.chmod({str(target)!r}, 0)\nexcept OSError: pass")
    assert target.read_text() == "{}"
    assert target.stat().st_mode & 0o777 == 0o666


@pytest.mark.parametrize(
    "action",
    [
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.execv('/bin/true', ['true'])",
        "__import__('subprocess').run(['/bin/true'])",
        "socket.socket()",
        "socket.socket(socket.AF_UNIX)",
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
        "socket.create_connection(('127.0.0.1', 22))",
        "os.kill(os.getppid(), 0)",
        "os.kill(-1, 0)",
        "os.kill(1, 0)",
        "os.kill(GRADER, 9)",
        "os.pidfd_open(os.getpid())",
        "os.memfd_create('x')",
        "os.setpriority(os.PRIO_PROCESS, 0, 5)",
        "__import__('resource').prlimit(1, 7)",
        "__import__('fcntl').fcntl(0, 8, os.getppid())",
        "os.mkfifo('fifo')",
    ],
)
def test_calls_beyond_the_process_are_refused(session: Session, action: str) -> None:
    assert refuses(session, action.replace("GRADER", str(os.getpid())))


def test_every_privilege_is_gone(session: Session) -> None:
    source = """
        import ctypes, struct
        head, data = struct.pack("=Ii", 0x20080522, 0), bytes(24)
        held = ctypes.create_string_buffer(24)
        number = {"x86_64": 125, "aarch64": 90}[__import__("os").uname().machine]
        print(ctypes.CDLL(None).syscall(number, head, held), held.raw == bytes(24))
    """
    # capget itself is not on the list: what it would fill in stays untouched
    assert printed(session, source).endswith("True")
    assert refuses(session, "os.setuid(0) or os.setgroups([0])")


def test_nothing_of_the_graders_surroundings_is_passed_on(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_COURSE", "42")
    with Worker(worker.isolation) as other, other.session() as session:
        assert "SECRET" not in printed(session, "import os; print(dict(os.environ))")
        assert printed(session, "import sys; print(sys.argv)") == "['']"
        source = "import os\nprint([n for n in range(3, 256) if is_open(n)])"
        define(
            session,
            """
            import os
            def is_open(n):
                try: return bool(os.fstat(n))
                except OSError: return False
            """,
        )
        assert len(eval(printed(session, source))) == 1  # the conversation, and no more


def test_no_student_finds_anothers_leftovers(worker: Worker) -> None:
    with worker.session() as first:
        source = """
            import os
            os.makedirs("deep/er")
            os.mkdir("closed", mode=0)
            for place in (".", "..", os.environ["TMPDIR"], "/tmp", "/dev/shm"):
                try: open(place + "/left", "w").write("answer")
                except OSError: pass
            here = os.getcwd()
            print(here)
        """
        here = printed(first, source)
    with worker.session() as second:
        again = "import os; print(os.getcwd(), os.listdir('.'), os.listdir('..'))"
        text = printed(second, again)
        assert "left" not in text
        assert "deep" not in text
        assert refuses(second, f"os.listdir({here!r})")
        assert refuses(second, "open('/tmp/left')")


def test_files_are_bounded_in_size_and_sum(session: Session) -> None:
    define(
        session,
        """
        def one():
            with open("large", "wb") as file:
                for _ in range(40): file.write(bytes(2**20))
        def many():
            for number in range(1000):
                with open(str(number), "wb") as file: file.write(bytes(2**22))
        def nameless():
            import os
            kept = []
            for number in range(60):
                file = open("f", "wb")
                os.unlink("f")
                for _ in range(15): file.write(bytes(2**20))
                kept.append(file)
            while True: pass
        def entries():
            for number in range(10**6): open(f"e{number}", "w").close()
        def good(): return 1
        """,
    )
    one = session.call("one", {}, seconds=5)
    assert (one.status, one.error.type) == ("exception", "OSError")
    assert session.call("many", {}, seconds=20).status in ("exception", "crashed")
    assert session.call("nameless", {}, seconds=20).status in ("exception", "crashed")
    assert session.call("entries", {}, seconds=60).error.type == "LimitExceeded"
    assert session.call("good", {}, seconds=1).value == 1


def test_threads_are_bounded(session: Session) -> None:
    define(
        session,
        """
        import threading, time
        threading.stack_size(65536)
        def bomb():
            for _ in range(3000):
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            time.sleep(60)
        def good(): return 1
        """,
    )
    outcome = session.call("bomb", {}, seconds=5)
    assert outcome.status in ("crashed", "exception")
    session.fresh()
    assert session.call("good", {}, seconds=1).value == 1


def test_the_package_folder_holds_no_answers(session: Session, tmp_path: Path) -> None:
    """What an instructor's own installation puts beside numpy stays out of reach."""
    packages = Path(np.__file__).parents[1]
    for pointer in packages.glob("*.pth"):
        assert refuses(session, f"assert open({str(pointer)!r}).read()")
    for name in ("reference", "assignments", "autograder"):
        folder = packages / name
        assert refuses(session, f"open({str(folder / '__init__.py')!r})")
    assert printed(session, "import numpy; print(open(numpy.__file__).read() != '')") == "True"


# The worker itself


def zygotes(pid: int) -> list[int]:
    """Return the descendants of a process."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def gone(pids: list[int]) -> bool:
    """Wait, as long as it takes within reason, for processes to end."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("tier", TIERS)
def test_close_leaves_nothing(tier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_unless_possible(tier)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = zygotes(os.getpid())
    worker = Worker(tier)
    session = worker.session()
    define(session, "open('left', 'w').write('x')")
    started = [pid for pid in zygotes(os.getpid()) if pid not in before]
    assert started
    worker.close()
    assert gone(started)
    assert list(tmp_path.iterdir()) == []
    session.close()
    with pytest.raises(RunnerError, match="closed"):
        worker.session().run_cells(["1"], seconds=1)


@pytest.mark.parametrize("tier", TIERS)
def test_nothing_survives_a_killed_grader(tier: str, tmp_path: Path) -> None:
    skip_unless_possible(tier)
    program = f"""
import tempfile; tempfile.tempdir = {str(tmp_path)!r}
from autograder.runner.worker import Worker
session = Worker({tier!r}).session()
session.run_cells(["1"], seconds=5)
print("running", flush=True)
session.run_cells(["while True: pass"], seconds=1000)
"""
    grader = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=REPOSITORY
    )
    assert grader.stdout is not None
    assert grader.stdout.readline() == b"running\n"
    below = zygotes(grader.pid)
    assert below
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    grader.stdout.close()
    assert gone(below)


@pytest.mark.parametrize("tier", TIERS)
def test_a_killed_zygote_costs_nobody_marks(tier: str) -> None:
    skip_unless_possible(tier)
    with Worker(tier) as worker, worker.session() as session:
        define(session, "def f(): return 1")
        assert worker._process is not None
        below = zygotes(worker._process.pid)
        os.killpg(worker._process.pid, signal.SIGKILL)
        assert gone(below)
        with pytest.raises(RunnerError, match="from outside"):
            session.call("f", {}, seconds=1)
        assert session.call("f", {}, seconds=1).value == 1


def test_unsafe_runs_and_says_so() -> None:
    with Worker(probe.UNSAFE, allow_unsafe=True) as worker, worker.session() as session:
        assert worker.isolation == "none (unsafe)"
        define(session, "def f(x):\n    x += 1\n    return x")
        assert session.call("f", {"x": np.zeros(1)}, seconds=1).changed == ("x",)
        assert printed(session, f"print(len(open({__file__!r}).read()) > 0)") == "True"
