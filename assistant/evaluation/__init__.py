"""Question sets, and the quality of retrieval, answers, citations and refusals on them."""

from assistant.evaluation.checking import check
from assistant.evaluation.compare import Comparison, compare
from assistant.evaluation.drafting import draft_questions, write_questions
from assistant.evaluation.gate import Rule, Verdict, decide, parse_rule
from assistant.evaluation.question_set import Evidence, Question, QuestionSet, load_question_set
from assistant.evaluation.resolving import Problem, resolve
from assistant.evaluation.runner import Options, run
from assistant.evaluation.runs import EvaluationError, Run, read_run, write_run
from assistant.evaluation.summaries import write_report

__all__ = [
    "Comparison",
    "EvaluationError",
    "Evidence",
    "Options",
    "Problem",
    "Question",
    "QuestionSet",
    "Rule",
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
