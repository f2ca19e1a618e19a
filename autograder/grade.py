"""The pipeline for one submission: read it, run it, judge every question, make the record.

Whatever the notebook does ends in a record. A fault of the grader's own is never turned into a
zero: it makes the status ``grader_error`` and the submission stays ungraded.
"""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

from autograder import __version__
from autograder.attempt import Exam
from autograder.bank import Bank
from autograder.cases import Seed
from autograder.data_files import handed_out
from autograder.errors import AutograderError, NotebookError
from autograder.notebook import Submission, executable_cells, mentioned, read_notebook
from autograder.question import Judged, explain, judge_question
from autograder.runner.outcome import CellOutcome
from autograder.runner.session import Session
from autograder.runner.worker import Worker
from autograder.score import CellResult, QuestionResult, Result, Status
from autograder.spec import Assignment, Question

CELL_SECONDS = 10.0  # CPU seconds for one cell of the notebook
CELLS_SECONDS = 60.0  # and for all of them together
_MOST_WAITING = 16 << 20  # bytes of returned values that are kept until they are explained
_UNSETTLED = (
    "{} earned its marks in a process of its own; after calls of other functions its results were "
    "others. It should depend on its arguments alone, not on what was called before."
)


def grade_notebook(
    assignment: Assignment,
    source: Path | bytes,
    *,
    worker: Worker,
    student: str = "",
    secret: str = "",
    bank: Bank | None = None,
) -> Result:
    """Grade one notebook.

    Parameters
    ----------
    source : pathlib.Path or bytes
        The notebook's file, or its content.
    worker : Worker
        Where the student's code runs.
    student, secret : str
        Make the seed of this student's cases.
    bank : Bank, optional
        The cases of this assignment and secret, where several notebooks are graded.

    Returns
    -------
    Result
        Always; an unreadable notebook and a fault of the grader have a status of their own.
    """
    started = time.monotonic()
    seed = Seed(secret=secret, student=student)
    grader = _Grader(bank or Bank(assignment, secret), seed, worker)
    try:
        return grader.result(read_notebook(source), started)
    except NotebookError as error:
        return grader.refuse("unreadable", str(error))
    except AutograderError as error:
        return grader.refuse("grader_error", str(error))
    except Exception as error:  # a bug of ours must not cost the student a mark
        return grader.refuse("grader_error", f"{type(error).__name__}: {error}")


def refused(assignment: Assignment, student: str, status: Status, message: str) -> Result:
    """The record of a submission that was not graded."""
    return _record(assignment, student, status=status, message=message)


def source_hash(source: bytes) -> str:
    """Names a notebook's content, so that an unchanged one need not run again."""
    return hashlib.sha256(source).hexdigest()[:32]


class _Grader:
    """One submission on its way."""

    def __init__(self, bank: Bank, seed: Seed, worker: Worker) -> None:
        self._assignment = bank.assignment
        self._bank = bank
        self._seed = seed
        self._worker = worker

    def refuse(self, status: Status, message: str) -> Result:
        return _record(
            self._assignment,
            self._seed.student,
            status=status,
            message=message,
            isolation=self._worker.isolation,
            seed=self._seed.fingerprint(),
        )

    def result(self, submission: Submission, started: float) -> Result:
        self._check_assignment(submission)
        cells = executable_cells(submission)
        memory = max(question.limits.memory_mb for question in self._assignment.questions)
        with self._worker.session(
            memory_mb=memory, files=handed_out(self._assignment.folder)
        ) as session:
            sources = [cell.source for cell in cells]
            outcomes = session.run_cells(sources, seconds=CELL_SECONDS, together=CELLS_SECONDS)
            questions, notes = self._grade_questions(session, sources)
        places = [cell.index for cell in cells]
        return _record(
            self._assignment,
            self._seed.student,
            status="graded",
            questions=questions,
            cells=tuple(_failed_cells(places, outcomes)),
            notes=(*submission.notes, *notes),
            isolation=self._worker.isolation,
            seed=self._seed.fingerprint(),
            duration_s=round(time.monotonic() - started, 4),
        )

    def _check_assignment(self, submission: Submission) -> None:
        """Refuse a notebook that was made for another assignment."""
        functions = {question.function for question in self._assignment.questions}
        labels = {name for name in submission.grade_ids if name.startswith("test_")}
        if labels and not functions & (submission.grade_ids | submission.defined_names):
            raise NotebookError(
                f"This is a notebook of another assignment: it has none of the functions of "
                f"{self._assignment.name} ({', '.join(sorted(functions))}). "
                "Submit the right notebook."
            )

    def _grade_questions(
        self, session: Session, sources: Sequence[str]
    ) -> tuple[tuple[QuestionResult, ...], tuple[str, ...]]:
        """Judge all questions, and explain after that: explaining ends the student's process.

        Returns
        -------
        tuple of QuestionResult
        tuple of str
            Notes on them.
        """
        results: list[QuestionResult] = []
        notes: list[str] = []
        waiting: list[Judged] = []
        sound: list[str] = []
        wrong: list[str] = []
        graded = [question.function for question in self._assignment.questions]
        for number, question in enumerate(self._assignment.questions):
            exam = Exam(self._assignment, question, self._seed, self._bank)
            others = [name for name in wrong if name not in question.needs]
            helpers = mentioned(others, question.function, sources, graded) if others else ()
            judged = judge_question(
                session, exam, pristine=number == 0, sound=sound, helpers=helpers
            )
            waiting.append(judged)
            (sound if judged.sound else wrong).append(question.function)
            notes += [_UNSETTLED.format(question.function)] if judged.unsettled else []
            if sum(each.size for each in waiting) > _MOST_WAITING:
                results += [explain(session, each).result for each in waiting]
                waiting.clear()
        results += [explain(session, each).result for each in waiting]
        return tuple(results), tuple(notes)


def _failed_cells(places: list[int], outcomes: list[CellOutcome]) -> list[CellResult]:
    found = []
    for place, outcome in zip(places, outcomes, strict=True):
        if outcome.status == "ok":
            continue
        error = outcome.error
        reason = {
            "timeout": f"It did not end within {CELL_SECONDS:g} s of computing, or all cells "
            f"together within {CELLS_SECONDS:g} s, and was skipped.",
            "crashed": "It ended the Python process and was skipped.",
        }.get(outcome.status) or (f"{error.type}: {error.message}" if error else "It failed.")
        found.append(CellResult(index=place, status=outcome.status, message=reason))
    return found


def _unanswered(question: Question) -> QuestionResult:
    return QuestionResult(
        id=question.function,
        title=question.title,
        score=0.0,
        max_score=question.points,
        status="skipped",
    )


def _record(
    assignment: Assignment,
    student: str,
    *,
    status: Status,
    questions: tuple[QuestionResult, ...] | None = None,
    **more: object,
) -> Result:
    if questions is None:
        questions = tuple(_unanswered(question) for question in assignment.questions)
    return Result(
        assignment=assignment.name,
        title=assignment.title,
        student=student,
        status=status,
        score=round(sum(question.score for question in questions), 2),
        max_score=assignment.max_score,
        version=__version__,
        questions=questions,
        **more,  # type: ignore[arg-type]
    )
