"""Notebooks that stock nbgrader gives full marks, or that stop it; each with its file of tests."""

from stock import SOLUTION, TEST, cell, document

_FORGE = """
shell = get_ipython()
def forge(*_):
    shell.kernel.session.send(
        shell.kernel.iopub_socket, "execute_result",
        {"data": {"text/plain": "3"}, "metadata": {}, "execution_count": 1},
        parent=shell.parent_header, ident=b"execute_result",
    )
shell.events.register("pre_run_cell", forge)
"""
_PARTIAL = """
def transform(lines): return ["import warnings\\n", "{value}\\n"]
get_ipython().input_transformers_cleanup.append(transform)
"""


def plain(source: str = SOLUTION) -> str:
    """A notebook in which only the solution differs."""
    return document(cell(source, "double"), cell(TEST, "test_double"))


ATTACKS = {
    "tag": document(cell(SOLUTION, "double"), cell(TEST, "test_double", tags=["skip-execution"])),
    "input-transformer": plain(
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])"
    ),
    "ast-transformer": plain(
        "import ast\nclass Nothing(ast.NodeTransformer):\n"
        "    def visit_Assert(self, node): return ast.Pass()\n"
        "get_ipython().ast_transformers.append(Nothing())\ndef double(x): return 0"
    ),
    "run-cell-async": plain(
        "shell = get_ipython()\nold = shell.run_cell_async\n"
        "async def run(code, *args, **kwargs): return await old('pass', transformed_cell='pass')\n"
        "shell.run_cell_async = run"
    ),
    "execute-result": plain(_FORGE),
    "negative": plain(_PARTIAL.format(value="-5.0")),
    "not-a-number": plain(_PARTIAL.format(value="float('nan')")),
    "points": document(
        cell("get_ipython().input_transformers_cleanup.append(lambda lines: ['1e9\\n'])", "double"),
        cell(TEST, "test_double"),
    ),
    "duplicate": document(
        cell(SOLUTION, "double"), cell(TEST, "test_double"), cell("pass", "test_double")
    ),
    "deleted": document(cell(SOLUTION, "double")),
    "schema": plain().replace('"schema_version": 3', '"schema_version": 99'),
    "type": document(cell(SOLUTION, "double"), cell("passed", "test_double", kind="markdown")),
    "exit": plain("import os\nos._exit(0)"),
}
