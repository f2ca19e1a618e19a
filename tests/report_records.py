"""Made-up result records for the tests of the reports."""

from autograder.score import (
    CellResult,
    CheckResult,
    Counterexample,
    Diagnosis,
    QuestionResult,
    Result,
)

TITLE = "Back-propagation through time"
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> `**md**` [l](javascript:x) "
    "\x1b[31mred\x1b[0m \u202egnp.exe \x00 &amp; {{7*7}} ]]> | a | ::error::x ##[error]y @all "
    "https://evil.example/ \ud800 z" + 12 * "\u0301"
)


def check(name, score, max_score, message="", *, status=None, token="", outputs=()):
    return CheckResult(
        name=name,
        status=status or ("passed" if score == max_score else "failed"),
        score=score,
        max_score=max_score,
        message=message,
        token=token,
        outputs=outputs,
    )


def question(name, score, max_score, status="failed", title="", **more):
    return QuestionResult(
        id=name, title=title or name, score=score, max_score=max_score, status=status, **more
    )


def result(student="s01", questions=(), status="graded", **more):
    return Result(
        assignment="bptt",
        title=TITLE,
        student=student,
        status=status,
        score=sum(q.score for q in questions) if status == "graded" else 0.0,
        max_score=sum(q.max_score for q in questions) or 40.0,
        version="0.1.0",
        questions=tuple(questions),
        **more,
    )


def right(name="tanh_gradient", points=4.0):
    return question(name, points, points, "passed", checks=(check("values", points, points),))


def not_attempted(name="rnn_gradients", points=8.0):
    checks = (check("values", 0.0, points, status="skipped"),)
    return question(name, 0.0, points, "not_attempted", checks=checks)


WRONG = question(
    "rnn_cell_backward",
    6.0,
    10.0,
    title="One step back through the cell",
    right_outputs=("dxt", "da_prev"),
    checks=(
        check(
            "gradients",
            3.0,
            6.0,
            "dWaa: 2 of 4 entries differ; at [0, 0] expected 0.75, got 0.5.",
            token="bptt-s01-91c3",
            outputs=("dWaa",),
        ),
        check("edges", 2.0, 2.0),
        check("shapes and dtype", 0.0, 1.0, "dba: shape (2,), expected (2, 1)."),
        check("arguments left alone", 1.0, 1.0),
    ),
    diagnosis=(
        Diagnosis(
            id="tanh-derivative-of-a",
            outputs=("dWaa", "dba"),
            hint={
                "en": "In terms of its result a, the derivative of tanh is 1 - a**2.",
                "zh": "tanh 的导数用它的输出 a 表示是 1 - a**2。",
            },
        ),
    ),
    counterexample=Counterexample(
        code="rnn_cell_backward(np.array([[1.0]]), cache)",
        expected="dWaa: [[« 0.75»   0.00 ]]",
        actual="dWaa: [[« 0.50»   0.00 ]]",
    ),
)
FOLLOWED = question(
    "rnn_backward",
    12.0,
    12.0,
    "passed",
    title="Back through time",
    follow_through=True,
    replaced=("rnn_cell_backward",),
    checks=(check("many steps", 12.0, 12.0),),
)
HUNG = question(
    "truncated_rnn_backward",
    0.0,
    8.0,
    "timeout",
    message="It did not end within 2 s.",
    checks=(check("one chunk", 0.0, 8.0, "It did not end within 2 s."),),
)
UNKNOWN = question(
    "update_parameters",
    0.0,
    4.0,
    checks=(check("values", 0.0, 4.0, "Wax: all entries differ."),),
    diagnosis=(
        Diagnosis(id="unknown", outputs=("Wax",), hint={"en": "By hand.", "zh": "用手算。"}),
    ),
)


def mixed():
    """Every kind of question."""
    return result(
        "li_xiaoming",
        (right(), WRONG, FOLLOWED, HUNG, not_attempted(), UNKNOWN),
        seed="7f3a90c2",
        isolation="bwrap+landlock+seccomp",
        duration_s=0.143,
        late_days=2.0,
        notes=("The cell test_rnn_backward stands twice; this costs nothing.",),
        cells=(CellResult(index=6, status="error", message="NameError: name 'plt'"),),
    )


def perfect():
    return result("s02", (right(), right("rnn_backward", 12.0)), isolation="landlock+seccomp")


def unreadable():
    return result("s03", status="unreadable", message="bptt.ipynb is not JSON.")


def missing():
    return result("s04", status="missing", message="The folder is empty.")


def grader_error():
    failed = question("rnn_backward", 0.0, 12.0, "grader_error", message="KeyError: reference")
    return result(
        "s05",
        (right(), failed),
        status="grader_error",
        isolation="none (unsafe)",
        message="ZeroDivisionError: in the reference",
    )


def hostile():
    """A student who puts something nasty wherever a text may stand."""
    return Result(
        assignment="bptt" + HOSTILE,
        student=HOSTILE,
        status="graded",
        score=4 / 3,
        max_score=9.0,
        title=HOSTILE,
        message=HOSTILE,
        seed=HOSTILE,
        isolation=HOSTILE,
        version=HOSTILE,
        notes=(HOSTILE, "word" * 3000),
        cells=(CellResult(index=0, status="crashed", message=HOSTILE),),
        questions=(
            question(
                HOSTILE,
                4 / 3,
                9.0,
                title="title " + HOSTILE,
                message=HOSTILE + "\n::error::y\n" + "x" * 50_000,
                follow_through=True,
                replaced=(HOSTILE,),
                checks=(check(HOSTILE, 4 / 3, 9.0, "other" + HOSTILE, token=HOSTILE),),
                diagnosis=(
                    Diagnosis(id=HOSTILE, outputs=(HOSTILE,), hint={"en": HOSTILE, "zh": HOSTILE}),
                ),
                counterexample=Counterexample(
                    code="# </code></pre>```\n::error::z" + HOSTILE,
                    expected="«a» » « " + HOSTILE,
                    actual="«1» «<script>» «" + HOSTILE,
                ),
            ),
        ),
    )


KINDS = {
    "mixed": mixed,
    "perfect": perfect,
    "unreadable": unreadable,
    "missing": missing,
    "grader_error": grader_error,
    "hostile": hostile,
}


def class_of(number):
    """A class in which student k has k mod 4 of three questions right; every tenth is missing."""
    students = []
    for k in range(number):
        if k % 10 == 9:
            students.append(result(f"s{k:03}", status="missing", message="The folder is empty."))
            continue
        easy = right() if k % 4 else not_attempted("tanh_gradient", 4.0)
        middle = WRONG if k % 4 < 2 else right("rnn_cell_backward", 10.0)
        hard = right("rnn_backward", 12.0) if k % 4 == 3 else question("rnn_backward", 0.0, 12.0)
        late = float(k % 7 == 6)
        students.append(
            result(f"s{k:03}", (easy, middle, hard), duration_s=0.1 + k / 100, late_days=late)
        )
    return students
