"""The pages' own words in English and Chinese.

Both stand in the page, each marked with its language; a style sheet shows one of them. So switching
needs no network and no script, and a page without styles still says everything.
"""

from collections.abc import Mapping

from markupsafe import Markup, escape

from autograder.report.cleaning import visible

Pair = tuple[str, str]

WORDS: dict[str, Pair] = {
    # The page of one submission
    "feedback": ("Feedback", "作业反馈"),
    "student": ("Student", "学生"),
    "marks": ("marks", "分"),
    "full-marks": ("Everything is right.", "全部正确。"),
    "questions-right": ("{right} of {all} questions are right.", "{all} 题中有 {right} 题正确。"),
    "day-late": ("handed in {days} day late", "迟交 {days} 天"),
    "days-late": ("handed in {days} days late", "迟交 {days} 天"),
    "overview": ("Overview", "概览"),
    "questions": ("Questions", "题目"),
    "notes": ("About your notebook", "关于你的 notebook"),
    "remarks": ("From your teacher", "教师评语"),
    "remark-comment": ("{function}: {comment}", "{function}：{comment}"),
    "remark-marked": (
        "{function} was marked by hand: {score}. The grader gave {before}.",
        "{function} 由教师评为 {score} 分；自动评分为 {before} 分。",
    ),
    "remark-extra": ("Extra credit for {function}: {extra}.", "{function} 加 {extra} 分。"),
    "remark-late": ("{penalty} off for handing in late.", "迟交扣 {penalty} 分。"),
    "remark-total": ("Marks in the gradebook: {score}.", "成绩册中的分数：{score}。"),
    "cells": (
        "Cells that did not run to their end",
        "未能运行完的代码单元",
    ),
    "cells-why": (
        "The other cells were run all the same. Functions that such a cell should have defined "
        "are missing below. Text cells are counted too.",
        "其他单元仍照常运行；本应由这些单元定义的函数会缺失。计数包括文字单元。",
    ),
    "cell": ("Cell {number}", "第 {number} 个单元"),
    "cell-error": ("stopped with an error", "出错停止"),
    "cell-timeout": ("ran too long", "运行超时"),
    "cell-crashed": ("ended its process", "使进程终止"),
    # Standing of a question
    "right": ("Right", "正确"),
    "part": ("Partly right", "部分正确"),
    "wrong": ("Not right yet", "尚未正确"),
    "skipped": ("Not graded", "未评分"),
    "not_attempted": ("Not attempted", "未作答"),
    "timeout": ("Ran too long", "运行超时"),
    "crashed": ("Ended its process", "进程终止"),
    "grader_error": ("The grader failed", "评分程序出错"),
    "not_attempted-say": (
        "The function is not there, or is still as it was handed out.",
        "没有找到这个函数，或者它仍是发布时的样子。",
    ),
    "timeout-say": (
        "Look for a loop that never stops, or for work that is done again and again.",
        "请检查是否有不会停止的循环，或被反复执行的计算。",
    ),
    "crashed-say": (
        "Look for exit(), endless recursion, or an array too large for memory.",
        "请检查 exit()、无限递归或超出内存的大数组。",
    ),
    "grader_error-say": (
        "This is not your fault and costs no marks. Your instructor has to look at it.",
        "这不是你的错，不会扣分，需要教师处理。",
    ),
    "follow-full": (
        "Something that {function} calls ({replaced}) is not right yet, or too slow. So this was "
        "graded again with right ones in place of yours and earns full marks: a mistake costs "
        "only once.",
        "{function} 调用的函数（{replaced}）还不正确或太慢，因此换成正确的再评一次，"
        "结果满分：一个错误只扣一次分。",
    ),
    "follow-part": (
        "Something that {function} calls ({replaced}) is not right yet, or too slow. So this was "
        "graded with right ones in place of yours: a mistake costs only once. What is listed here "
        "is wrong even so.",
        "{function} 调用的函数（{replaced}）还不正确或太慢，因此换成正确的再评分："
        "一个错误只扣一次分。下面列出的是换后仍然不对的部分。",
    ),
    "the-called": ("other functions", "其他函数"),
    "recognised": ("We recognise this mistake", "我们认出了这个错误"),
    "seen": ("What we see", "我们看到的现象"),
    "meaning": ("What the error means", "这个错误的含义"),
    "unknown": ("How to find it", "如何找到错误"),
    "rest-right": ("Right in every case: {outputs}.", "在所有例子中都正确：{outputs}。"),
    "explains": ("It explains {outputs}.", "它解释了 {outputs}。"),
    "concerns": ("Seen in {outputs}.", "见于 {outputs}。"),
    "smallest": ("The smallest case that fails", "最小的出错例子"),
    "smallest-say": (
        "Paste it into a cell below your function and run it.",
        "粘贴到函数下面的单元里运行。",
    ),
    "copy": ("Copy", "复制"),
    "copied": ("Copied", "已复制"),
    "expected": ("Expected", "应得结果"),
    "actual": ("What your function returned", "你的函数返回"),
    "differing": (
        "What differs stands between {marks}.",
        "不同之处用 {marks} 标出。",
    ),
    "checked": ("What was checked", "检查项目"),
    "check": ("Check", "项目"),
    "result": ("Result", "结果"),
    "passed": ("passed", "通过"),
    "failed": ("failed", "未通过"),
    "not-tried": ("not tried", "未测试"),
    "skipped-check": ("not counted", "未计入"),
    "case-token": ("Case {token}", "用例 {token}"),
    "seed": ("seed", "随机种子"),
    "isolation": ("run under", "隔离方式"),
    "took": ("graded in {seconds} s", "评分用时 {seconds} 秒"),
    "unsafe": (
        "Graded without isolation: nothing kept the notebook from interfering with its grading.",
        "未在隔离环境中评分：无法保证 notebook 没有干扰评分。",
    ),
    "own-cases": (
        "You get your own random cases; grading the same notebook again gives the same marks.",
        "每位学生的随机用例各不相同；同一份 notebook 重新评分，分数不变。",
    ),
    # Submissions without marks
    "no-marks": ("no marks yet", "暂无分数"),
    "happened": ("What happened", "发生了什么"),
    "to-do": ("What to do", "该怎么办"),
    "unreadable": ("Your notebook could not be read", "无法读取你的 notebook"),
    "unreadable-say": (
        "The file you handed in could not be read as a notebook of this assignment, so nothing in "
        "it was graded.",
        "你提交的文件无法作为这次作业的 notebook 读取，因此没有评分。",
    ),
    "unreadable-do": (
        "Make sure that it is the notebook of this assignment. Open it in Jupyter, choose Kernel → "
        "Restart Kernel and Run All Cells, save it, and hand it in again. If Jupyter cannot open "
        "it, go back to the last version that it can (File → Revert to Checkpoint), or copy your "
        "functions into a fresh copy of the assignment.",
        "请确认这是本次作业的 notebook。在 Jupyter 中打开它，"
        "选择 Kernel → Restart Kernel and Run All Cells，"
        "保存后重新提交。如果 Jupyter 打不开，请恢复到上一个可打开的版本"
        "（File → Revert to Checkpoint），或把你的函数复制到一份新的作业 notebook 中。",
    ),
    "missing": ("No notebook was found", "没有找到 notebook"),
    "missing-say": (
        "Something was handed in for you, but the notebook of this assignment is not in it.",
        "收到了你的提交，但其中没有这次作业的 notebook。",
    ),
    "missing-do": (
        "Check that the notebook still has the name it was handed out with, that it lies directly "
        "in the folder you submit, and that it belongs to this assignment. Then hand it in again.",
        "请检查 notebook 的文件名是否与发布时相同、是否直接位于提交的文件夹中、"
        "是否属于这次作业，然后重新提交。",
    ),
    "grader_error-title": ("The grader failed, not you", "评分程序出错，不是你的问题"),
    "grader_error-what": (
        "Something went wrong on our side while your notebook was graded. You have lost no marks: "
        "the submission simply counts as not graded yet.",
        "评分过程中我们这边出了问题。你没有被扣分：这份提交只是暂未评分。",
    ),
    "grader_error-do": (
        "Nothing. Your instructor is shown this too and will grade the notebook again.",
        "你无需做任何事。教师也会看到这个问题，并重新评分。",
    ),
    # The class on one page
    "class-report": ("The class on one page", "班级总览"),
    "submissions": ("submissions", "份提交"),
    "graded": ("graded", "已评分"),
    "mean": ("mean", "平均"),
    "median": ("median", "中位数"),
    "middle-half": ("middle half", "中间一半"),
    "all-right": ("with full marks", "满分人数"),
    "distribution": ("Distribution of marks", "分数分布"),
    "distribution-say": (
        "How many students have how many marks.",
        "每个分数段的学生人数。",
    ),
    "nothing-graded": ("No submission could be graded.", "没有可评分的提交。"),
    "not-gradable": ("Not gradable", "无法评分"),
    "not-gradable-none": ("Every submission was graded.", "所有提交都已评分。"),
    "why": ("Why", "原因"),
    "status-unreadable": ("notebook unreadable", "notebook 无法读取"),
    "status-missing": ("notebook missing", "缺少 notebook"),
    "status-grader_error": ("grader failed", "评分程序出错"),
    "status-graded": ("graded", "已评分"),
    "question": ("Question", "题目"),
    "mean-share": ("Mean of the marks", "平均得分率"),
    "full": ("Right", "全对"),
    "none": ("No marks", "零分"),
    "discrimination": ("Discrimination", "区分度"),
    "discrimination-say": (
        "Discrimination is the correlation of a question's marks with the marks of all other "
        "questions: above 0.3 it separates well; near or below zero, look at the question and its "
        "checks. It is left out for fewer than {least} submissions, and where all have the same "
        "marks.",
        "区分度是该题得分与其余各题总分的相关系数：高于 0.3 说明区分良好；接近或低于零时，"
        "请检查题目及其测试。提交少于 {least} 份或得分全部相同时不计算。",
    ),
    "groups": ("Checks that fail", "未通过的检查"),
    "groups-say": ("Of those who tried the question.", "只计作答了该题的学生。"),
    "groups-none": (
        "No check fails among those who tried the question.",
        "在作答者中没有未通过的检查。",
    ),
    "students-many": ("Students", "学生"),
    "mistakes": ("Most frequent mistakes", "最常见的错误"),
    "mistakes-none": ("No known mistake was recognised.", "没有识别出已知的错误。"),
    "unrecognised": (
        "In {unknown} of {wrong} wrong answers no known mistake was recognised.",
        "{wrong} 个错误答案中有 {unknown} 个未能识别出已知错误。",
    ),
    "mistake": ("Mistake", "错误"),
    "similar": ("Similar submissions", "相似的提交"),
    "similar-not-looked": (
        "Not compared yet: autograder report {assignment} looks for similar code.",
        "尚未比较：运行 autograder report {assignment} 可查找相似代码。",
    ),
    "similar-none": ("No two are strikingly alike.", "没有明显相似的提交。"),
    "similar-say": (
        "Similar code is a reason to look, not a proof.",
        "代码相似只是值得查看的线索，并非证据。",
    ),
    "similarity": ("Similarity", "相似度"),
    "where": ("Where", "位置"),
    "run-time": ("Run time", "运行时间"),
    "run-time-say": (
        "{total} s in all; {median} s for the median submission; the slowest: {slowest} "
        "({longest} s).",
        "合计 {total} 秒；中位数 {median} 秒；最慢：{slowest}（{longest} 秒）。",
    ),
    "show": ("Show", "显示"),
    "everyone": ("Everyone", "所有人"),
    "late": ("Late", "迟交"),
    "filter": ("Find a student", "查找学生"),
    "shown": ("shown", "显示"),
    "score": ("Marks", "分数"),
    "status": ("Status", "状态"),
    "days": ("Days late", "迟交天数"),
    "seconds": ("Seconds", "用时（秒）"),
    "version": ("Graded by", "评分版本"),
    "more": ("{count} more", "另有 {count} 项"),
    "of-students": ("{count} of {all}", "{count}/{all}"),
}


def both(english: object, chinese: object) -> Markup:
    """Both languages, each marked with its own."""
    return Markup("<span lang=en>{}</span><span lang=zh>{}</span>").format(english, chinese)


_PAGES = {key: both(*pair) for key, pair in WORDS.items()}
_OPEN = {key: tuple(map(Markup, pair)) for key, pair in WORDS.items() if "{" in pair[0]}


def say(key: str, **parts: object) -> Markup:
    """A phrase of the pages in both languages; ``parts`` are escaped unless they are markup."""
    if not parts:
        return _PAGES[key]
    parts = {name: visible(part) if type(part) is str else part for name, part in parts.items()}
    english, chinese = _OPEN[key]
    return both(english.format(**parts), chinese.format(**parts))


def hint_in(hint: Mapping[str, str]) -> Markup:
    """A hint by language code as markup; one language alone is shown in both."""
    texts = {language: with_code(visible(text, 1500)) for language, text in hint.items()}
    english, chinese = texts.get("en") or texts.get("zh"), texts.get("zh") or texts.get("en")
    if not english or not chinese:
        return Markup("")
    return english if english == chinese else both(english, chinese)


def with_code(text: str) -> Markup:
    """A text as markup, what stands between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    code = Markup("<code>{}</code>")
    return Markup("").join(
        code.format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )
