"""What each command does; ``autograder.cli`` turns words into these calls."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.cli import GRADED, SOME_UNGRADED
from autograder.course import Course, open_course
from autograder.errors import AutograderError, UsageError
from autograder.library import find_assignment
from autograder.report.cleaning import inert, log_line, visible
from autograder.score import Outcome
from autograder.spec import Assignment

if TYPE_CHECKING:
    from autograder.course_run import Options


def init(options: argparse.Namespace) -> int:
    """Make a course folder."""
    from autograder.init import init_course  # noqa: PLC0415

    made = init_course(options.dir, force=options.force)
    for name in made.written:
        print(f"wrote {made.path / name}")
    for name in made.backups:
        print(f"kept your {made.path / name}")
    for name in made.kept:
        print(f"left {made.path / name} as you edited it (--force writes a fresh one)")
    if made.open_to_others:
        print(f"Every user of this machine may enter; to close it: chmod 700 {made.path}")
    there = "" if made.path == Path.cwd() else f"cd {options.dir} && "
    print(f"Next: {there}autograder release ASSIGNMENT")
    return GRADED


def release(options: argparse.Namespace) -> int:
    """Release an assignment through nbgrader."""
    from autograder.release import release_assignment  # noqa: PLC0415

    course = open_course(options.course)
    assignment = find_assignment(options.assignment, course.path)
    released = release_assignment(course, assignment, force=options.force)
    for note in released.notes:
        print(note)
    print(f"Released {assignment.name} ({assignment.max_score:g} points) to {released.folder}")
    return GRADED


def grade(options: argparse.Namespace) -> int:
    """Grade a course's submissions, or one notebook."""
    _refuse_what_does_not_fit(options)
    if options.notebook is not None:
        return _grade_notebook(options)
    from autograder.course_run import Options, grade_course  # noqa: PLC0415

    course = open_course(options.course)
    assignment = find_assignment(options.assignment, course.path)
    chosen = Options(
        students=tuple(options.student or ()),
        processes=options.jobs or 0,
        shard=options.shard or (1, 1),
        force=options.force,
        allow_unsafe=options.allow_unsafe,
        scheduler=options.scheduler,
    )
    if options.diff:
        return _print_changes(course, assignment, chosen)
    run = grade_course(course, assignment, chosen)
    _print_marks([run.marks[outcome.student] for outcome in run.graded])
    marked = sum(outcome.status == "graded" for outcome in run.graded)
    print(f"{marked} graded, {len(run.unchanged)} unchanged since they were graded.")
    if not (run.graded or run.unchanged):
        print(f"Nobody has handed in {assignment.name}: {course.submissions} has no such folder.")
    print(f"The class on one page: {run.report}")
    _tell_ci(options, course, (*run.graded, *run.unchanged))
    for outcome in run.ungraded:
        line = f"NOT GRADED {outcome.student}: {outcome.status}: {outcome.message}"
        print(log_line(line), file=sys.stderr)
    return SOME_UNGRADED if run.ungraded else GRADED


def _refuse_what_does_not_fit(options: argparse.Namespace) -> None:
    """Refuse options that this kind of run has no use for, instead of ignoring them."""
    if options.notebook is not None:
        for name in ("diff", "force", "jobs", "shard", "scheduler"):
            if getattr(options, name):
                raise UsageError(f"--{name} is for a whole course; leave it out with --notebook.")
        return
    if options.json is not None:
        raise UsageError("--json goes with --notebook; a course's records are in results/.")
    if options.gradescope is not None:
        raise UsageError(
            "--gradescope goes with --notebook; for a course: `autograder export "
            f"{options.assignment} --to gradescope --output DIR`."
        )
    if options.diff:
        for name in ("markdown", "annotate", "code_quality"):
            if getattr(options, name):
                option = name.replace("_", "-")
                raise UsageError(f"--diff lists changes and writes nothing; leave --{option} out.")


def _tell_ci(options: argparse.Namespace, course: Course, outcomes: Sequence[Outcome]) -> None:
    """What CI services show besides the log: a summary, and remarks on cells."""
    from autograder.ci import remarks_on  # noqa: PLC0415
    from autograder.course_records import read_records  # noqa: PLC0415
    from autograder.report.annotations import render_code_quality, render_github  # noqa: PLC0415
    from autograder.report.text import render_class_markdown  # noqa: PLC0415

    students = [outcome.student for outcome in outcomes]
    if options.markdown is not None:
        records = read_records(course, options.assignment, sorted(students))
        _append(options.markdown, render_class_markdown(records))
    if options.annotate:
        for record in read_records(course, options.assignment, students):
            print(render_github(remarks_on(course, record)), end="")
    if options.code_quality is not None:
        records = read_records(course, options.assignment, students)
        remarks = [remark for record in records for remark in remarks_on(course, record)]
        _write(options.code_quality, render_code_quality(remarks))


def _print_changes(course: Course, assignment: Assignment, chosen: "Options") -> int:
    from autograder.regrade import preview_marks, render_changes  # noqa: PLC0415

    changes = preview_marks(course, assignment, chosen)
    print(inert(visible(render_changes(changes), 1_000_000)))
    command = f"autograder grade {assignment.name} --force"
    print(f"Nothing was written; `{command}` writes the new marks.")
    failed = any(change.status != "graded" for change in changes)
    return SOME_UNGRADED if failed else GRADED


def _grade_notebook(options: argparse.Namespace) -> int:
    from autograder.ci import remarks_on_file  # noqa: PLC0415
    from autograder.class_run import Grader, Setup  # noqa: PLC0415
    from autograder.export import render_gradescope  # noqa: PLC0415
    from autograder.files import as_text  # noqa: PLC0415
    from autograder.report.annotations import render_code_quality, render_github  # noqa: PLC0415
    from autograder.report.record_file import render_json  # noqa: PLC0415
    from autograder.report.text import render_markdown, render_text  # noqa: PLC0415
    from autograder.student_page import visible_part  # noqa: PLC0415
    from autograder.submissions import Submitted  # noqa: PLC0415

    if options.student and len(options.student) > 1:
        raise UsageError("--notebook takes one --student, whose cases are used.")
    if not options.notebook.exists():
        raise UsageError(f"--notebook {options.notebook}: there is no such file.")
    assignment = find_assignment(options.assignment, options.course)
    student = as_text(options.student[0] if options.student else options.notebook.stem)
    setup = Setup(
        assignment_folder=assignment.folder,
        secret=_secret_or_none(options.course),
        allow_unsafe=options.allow_unsafe,
    )
    grader = Grader(setup)
    try:
        whole = grader.grade(Submitted(student=student, notebook=options.notebook)).result
    finally:
        grader.close()
    result = visible_part(assignment, whole)  # students see what CI prints and keeps
    if options.json == "-":
        print(render_json(result), end="")
    else:
        print(render_text(result))
        if options.json:
            _write(Path(options.json), render_json(result))
    if options.gradescope is not None:
        _write(options.gradescope, render_gradescope(result))
    if options.markdown is not None:
        _append(options.markdown, render_markdown(result))
    remarks = remarks_on_file(result, options.notebook)
    if options.annotate:
        log = sys.stderr if options.json == "-" else sys.stdout  # GitHub reads both
        print(render_github(remarks), end="", file=log)
    if options.code_quality is not None:
        _write(options.code_quality, render_code_quality(remarks))
    return GRADED if result.status == "graded" else SOME_UNGRADED


def _secret_or_none(course: Path) -> str:
    """The course's secret where there is a course; CI may grade a notebook without one."""
    try:
        return Course(course).secret()
    except AutograderError:
        return ""


def _write(path: Path, text: str) -> None:
    from autograder.files import write_file  # noqa: PLC0415

    try:
        write_file(path, text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {_reason(path, error)}.") from None


def _reason(path: Path, error: OSError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError):  # making the folder said so
        return f"{path.parent} is no folder"
    return error.strerror or str(error)


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {_reason(path, error)}.") from None


def _print_marks(outcomes: Sequence[Outcome]) -> None:
    width = max((len(log_line(outcome.student)) for outcome in outcomes), default=0)
    for outcome in outcomes:
        if outcome.status == "graded":
            marks = f"{outcome.score:7.2f} / {outcome.max_score:g}"
        else:
            marks = f"      - / {outcome.max_score:g}  {outcome.status}"
        print(f"{log_line(outcome.student):{width}}  {marks}")


def report(options: argparse.Namespace) -> int:
    """Write the class on one page, and the students' pages by what the gradebook says now."""
    from autograder.course_run import renew_pages, write_class_report  # noqa: PLC0415
    from autograder.similarity import similar_submissions  # noqa: PLC0415

    course = open_course(options.course)
    assignment = find_assignment(options.assignment, course.path)
    renew_pages(course, assignment)
    pairs = similar_submissions(course, assignment)
    path, _ = write_class_report(course, assignment, similar=pairs)
    print(path)
    return GRADED


def audit(options: argparse.Namespace) -> int:
    """Find out whether the tests of assignments are any good."""
    from autograder.audit.command import run_audit  # noqa: PLC0415

    results = run_audit(
        options.assignment,
        options.course,
        quick=options.quick,
        seeds=options.seeds,
        processes=options.jobs,
    )
    if options.json == "-":
        print(results.as_json(), end="")
    else:
        print(results.as_text())
    for path, render in ((options.json, results.as_json), (options.html, results.as_page)):
        if path not in (None, "-"):
            _write(Path(path), render())
    if options.markdown is not None:
        _append(options.markdown, results.as_markdown())
    return GRADED if results.good else SOME_UNGRADED


def check(options: argparse.Namespace) -> int:
    """Try a student's own notebook on the visible cases."""
    from autograder.check_ci import junit_of_check, remarks_on_check  # noqa: PLC0415
    from autograder.check_notebook import check_notebook  # noqa: PLC0415
    from autograder.report.annotations import render_code_quality, render_github  # noqa: PLC0415

    found = check_notebook(options.notebook)
    print(found.as_text())
    if options.markdown is not None:
        _append(options.markdown, found.as_markdown())
    if options.annotate:
        print(render_github(remarks_on_check(found)), end="")
    if options.code_quality is not None:
        _write(options.code_quality, render_code_quality(remarks_on_check(found)))
    if options.junit is not None:
        _write(options.junit, junit_of_check(found))
    return GRADED if found.passed else SOME_UNGRADED


def doctor(_options: argparse.Namespace) -> int:
    """Say what this machine offers to confine student code."""
    from autograder.doctor import examine  # noqa: PLC0415

    sound, text = examine()
    print(text)
    return GRADED if sound else SOME_UNGRADED


def replay(options: argparse.Namespace) -> int:
    """Make one case again and show what the reference makes of it."""
    from autograder.replay import render_replay  # noqa: PLC0415

    print(render_replay(open_course(options.course), options.token))
    return GRADED


def export(options: argparse.Namespace) -> int:
    """Write marks for other systems."""
    course = open_course(options.course)
    assignment = find_assignment(options.assignment, course.path)
    if options.format == "gradescope":
        return _export_gradescope(options, course, assignment)
    text = _exported(options, course, assignment)
    if options.output is None:
        print(text, end="")
    else:
        _write(options.output, text)
    return GRADED


def _exported(options: argparse.Namespace, course: Course, assignment: Assignment) -> str:
    from autograder.course_records import read_marks, read_records, recorded_students  # noqa: PLC0415
    from autograder.export import render_canvas, render_csv, render_moodle  # noqa: PLC0415
    from autograder.report.junit import render_junit  # noqa: PLC0415

    if options.format == "junit":
        students = _named(options.student, course, assignment)
        return render_junit(read_records(course, assignment.name, students))
    marks = read_marks(course, assignment)
    if not recorded_students(course, assignment.name):
        said = f"autograder export: no submission of {assignment.name} has been graded yet."
        print(said, file=sys.stderr)
    if unknown := set(options.student or ()) - {mark.person.id for mark in marks}:
        raise UsageError(f"--student {min(unknown)}: neither graded nor on the class list.")
    if options.student:
        marks = tuple(mark for mark in marks if mark.person.id in options.student)
    if options.format == "csv":
        return render_csv(marks)
    render = render_canvas if options.format == "canvas" else render_moodle
    return render(marks, options.column)


def _export_gradescope(options: argparse.Namespace, course: Course, assignment: Assignment) -> int:
    from autograder.course_records import read_records  # noqa: PLC0415
    from autograder.export import render_gradescope  # noqa: PLC0415
    from autograder.student_page import visible_part  # noqa: PLC0415

    students = _named(options.student, course, assignment)
    if options.output is None and len(students) != 1:
        raise UsageError(
            f"Gradescope's file is for one submission, and there are {len(students)}: "
            "name one with --student, or a folder for all with --output."
        )
    for result in read_records(course, assignment.name, students):
        text = render_gradescope(visible_part(assignment, result))
        if options.output is None:
            print(text, end="")
        else:
            _write(options.output / result.student / "results.json", text)
    return GRADED


def _named(students: Sequence[str] | None, course: Course, assignment: Assignment) -> list[str]:
    """Who of those with a record was named; all of them, where nobody was."""
    from autograder.course_records import recorded_students  # noqa: PLC0415

    recorded = recorded_students(course, assignment.name)
    if unknown := set(students or ()) - set(recorded):
        raise UsageError(f"--student {min(unknown)}: there is no record; grade first.")
    return [student for student in recorded if not students or student in students]


def students(options: argparse.Namespace) -> int:
    """Put a class list into the gradebook."""
    from autograder.class_list import read_class_list  # noqa: PLC0415
    from autograder.gradebook import Gradebook  # noqa: PLC0415

    course = open_course(options.course)
    people = read_class_list(options.list, id_column=options.id_column)
    with Gradebook(course, create=True) as gradebook:
        new = gradebook.enrol(people)
    number = "1 student" if len(people) == 1 else f"{len(people)} students"
    print(f"{number}, {new} of them new to the gradebook.")
    return GRADED


def demo(options: argparse.Namespace) -> int:
    """Make a course, release every assignment, grade a sample class."""
    from autograder.demo import run_demo  # noqa: PLC0415

    return run_demo(options.dir)
