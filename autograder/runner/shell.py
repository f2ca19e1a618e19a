"""The notebook's surroundings inside a student's process: IPython, its output, its errors.

Runs in the zygote and its forks only.
"""

import ast
import contextlib
import io
import linecache
import re
import site
import sys
import types
from typing import Any, cast

OUTPUT_BYTES = 10_000
MESSAGE_CHARS = 500
_LINE_CHARS = 300
_DEPTH = 3000  # of calls, as in notebooks with completion by jedi; Python's own limit is 1000
_CELL_FILE = "<ipython-input-"
_OPTIONS = re.compile(r"(?:\s*-[a-z]+(?:\s*\d+\b)?)*")
_HOW_OFTEN = re.compile(r"-[nr]\s*\d+")
_NO_COMMANDS = "Shell commands are not available while a notebook is graded."


class Clipped(io.RawIOBase):
    """A binary stream that remembers the first bytes and forgets the rest."""

    def __init__(self) -> None:
        self.kept = bytearray()

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:
        """Keep what there is room for."""
        view = memoryview(data)
        room = OUTPUT_BYTES - len(self.kept)
        if room > 0:
            self.kept += view[:room]
        return view.nbytes


class Output:
    """Stands in for stdin, stdout and stderr of the process."""

    def __init__(self) -> None:
        self._raw = Clipped()
        self._text = io.TextIOWrapper(
            cast("Any", self._raw), "utf-8", "backslashreplace", write_through=True
        )

    def install(self) -> None:
        """Take the place of the standard streams."""
        sys.stdout = sys.stderr = self._text
        sys.stdin = io.StringIO()

    def take(self) -> str:
        """Return what was written since the last time."""
        with contextlib.suppress(Exception):
            self._text.flush()
        kept = bytes(self._raw.kept)
        self._raw.kept = bytearray()
        clipped = " [...]" if len(kept) >= OUTPUT_BYTES else ""
        return kept.decode("utf-8", "replace") + clipped


def build_shell() -> Any:
    """Return an IPython shell without history, files, threads and other processes."""
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415
    from traitlets.config import Config  # noqa: PLC0415

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.cache_size = 0

    class Shell(InteractiveShell):  # type: ignore[misc, unused-ignore]
        """The parts of a notebook's shell that cells use; errors are reported, not printed."""

        def enable_gui(self, gui: Any = None) -> None:
            """Do nothing: there is no window."""

        def enable_matplotlib(self, gui: Any = None) -> tuple[Any, str]:
            """Keep the backend that draws to files only."""
            return gui or "inline", "agg"

        def ask_exit(self) -> None:
            """Do nothing: ``exit()`` ends no grading."""

        def system(self, _cmd: str) -> None:
            """Say that there are no commands."""
            print(_NO_COMMANDS)

        def getoutput(self, cmd: Any, split: Any = True, depth: Any = 0) -> Any:  # noqa: ARG002
            """Say that there are no commands."""
            print(_NO_COMMANDS)
            return [] if split else ""

        def _tee(self, channel: Any) -> Any:  # noqa: ARG002
            # The original keeps a copy of everything printed: a print loop became a MemoryError.
            return contextlib.nullcontext()

        def showtraceback(self, *args: Any, **kwargs: Any) -> None:
            """Do nothing: the error is part of the result."""

        def showsyntaxerror(self, *args: Any, **kwargs: Any) -> None:
            """Do nothing: the error is part of the result."""

    shell: Any = Shell.instance(config=config)
    shell.db = {}  # else a file, for `%cd`
    site.sethelper()
    sys.setrecursionlimit(_DEPTH)
    shell.builtin_trap.activate()  # display() and get_ipython() in functions, too
    timeit = shell.find_line_magic("timeit")
    if timeit is not None:
        once: Any = lambda line, cell=None: timeit(_once(line), cell)  # noqa: E731
        shell.register_magic_function(once, "line_cell", "timeit")
    scripts = shell.magics_manager.registry["ScriptMagics"]  # %%bash and its like
    scripts.shebang = lambda line, cell: print(_NO_COMMANDS)  # noqa: ARG005
    shell.register_magic_function(scripts.shebang, "cell", "script")
    return shell


def _once(line: str) -> str:
    """Return the line of a ``%timeit`` with a single run for as many as it asks for."""
    end = cast("re.Match[str]", _OPTIONS.match(line)).end()
    return f"-n1 -r1 {_HOW_OFTEN.sub('', line[:end])} {line[end:]}"


def warm_up(shell: Any) -> None:
    """Take every path that a notebook takes, so that forks find it paged in."""
    import numpy as np  # noqa: PLC0415

    for name in ("fft", "linalg", "ma", "polynomial", "random", "testing"):
        getattr(np, name)
    output = Output()
    saved = sys.stdout, sys.stderr, sys.stdin
    output.install()
    for source in (
        "import numpy as np\nnp.ones((64, 64)) @ np.ones((64, 64))",
        "%timeit 1\nnp.linalg.svd(np.eye(3)); np.einsum('ij,jk', np.eye(2), np.eye(2))",
        "def f(x):\n    '''Do.'''\n    return np.tanh(x)\nf(np.random.randn(3, 2)); print(f)",
        "1/0",
        "x = = 1",
        "!ls",
        "import asyncio",
    ):
        shell.run_cell(source, store_history=False)
    sys.stdout, sys.stderr, sys.stdin = saved
    shell.reset(new_session=True)


def preload_plots() -> None:
    """Import matplotlib and draw once; a second of work that every fork is then spared."""
    with contextlib.suppress(Exception):
        import matplotlib.pyplot as plt  # noqa: PLC0415

        figure, axes = plt.subplots()
        axes.plot([0, 1], [1, 0], label="line")
        axes.set_title("title")
        axes.legend()
        figure.savefig(io.BytesIO())
        plt.close("all")


def run_cell(shell: Any, source: str) -> BaseException | None:
    """Run a cell and return its error.

    Cells of plain Python, which nearly all are, are run without IPython's search for magics; a
    single line may be one (`pwd`), so it is left to IPython, and so is what does not compile.
    """
    if "\n" in source.strip():
        name = shell.compile.cache(source, shell.execution_count)
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            return _run_plain(shell, _compile_plain(shell.compile, source, name))
    result = shell.run_cell(source, store_history=False)
    return cast("BaseException | None", result.error_before_exec or result.error_in_exec)


def _compile_plain(compiler: Any, source: str, name: str) -> list[types.CodeType]:
    """Return the cell's code, a last expression apart so that its value is shown."""
    if source.rstrip().rpartition("\n")[2][:1].isspace():  # the end of a function, nearly always
        return [compiler(source, name, "exec")]
    tree = compiler.ast_parse(source, name)
    last = tree.body[-1:]
    if not last or not isinstance(last[0], ast.Expr):
        return [compiler(tree, name, "exec")]
    del tree.body[-1]
    return [compiler(tree, name, "exec"), compiler(ast.Interactive(last), name, "single")]


def _run_plain(shell: Any, parts: list[types.CodeType]) -> BaseException | None:
    try:
        with shell.display_trap:
            for code in parts:
                exec(code, shell.user_ns)
    except BaseException as error:
        return error
    return None


def describe(error: BaseException) -> list[Any]:
    """Return type, message, source line and line number of an error in a student's code."""
    try:
        message = str(error)[:MESSAGE_CHARS]
    except BaseException:
        message = "(its message cannot be read)"
    line, number = _place(error)
    return [name_of_error(error)[:80], message, line, number]


def name_of_error(error: BaseException) -> str:
    """Return the name of an error's class, or of the known class that a new one extends."""
    known = next(kind for kind in type(error).__mro__ if kind.__module__ != "__main__")
    own = known is Exception or known is BaseException
    return str((type(error) if own else known).__name__)


def _place(error: BaseException) -> tuple[str | None, int | None]:
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return str(error.text or "").strip()[:_LINE_CHARS], int(error.lineno)
    found: tuple[str, int] | None = None
    step: types.TracebackType | None = error.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if name.startswith(_CELL_FILE):
            found = name, step.tb_lineno
        step = step.tb_next
    if found is None:
        return None, None
    return linecache.getline(*found).strip()[:_LINE_CHARS], found[1]
