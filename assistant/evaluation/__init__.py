"""Question sets, and the quality of retrieval, answers, citations and refusals on them."""

from assistant.evaluation.figures.compare import Comparison, compare
from assistant.evaluation.figures.gate import MetricRule, Verdict, decide, parse_rule
from assistant.evaluation.report.summaries import write_report
from assistant.evaluation.runs.run import EvaluationError, Run, read_run, write_run
from assistant.evaluation.runs.runner import Options, run
from assistant.evaluation.sets.checking import check
from assistant.evaluation.sets.drafting import draft_questions, write_questions
from assistant.evaluation.sets.question_set import Evidence, Question, QuestionSet, load_question_set
from assistant.evaluation.sets.resolving import Problem, resolve

__all__ = [
    "Comparison",
    "EvaluationError",
    "Evidence",
    "MetricRule",
    "Options",
    "Problem",
    "Question",
    "QuestionSet",
    "Run",
    "Verdict",
    "check",
    "compare",
    "decide",
    "draft_questions",
    "load_question_set",
    "parse_rule",
    "read_run",
    "resolve",
    "run",
    "write_questions",
    "write_report",
    "write_run",
]
