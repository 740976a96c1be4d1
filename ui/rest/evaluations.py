"""The REST endpoint: question sets run over the collection, their figures, and the report."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse

from assistant.evaluation.figures.compare import compare
from assistant.evaluation.report.html import POLICY
from ui.rest import evaluation_schemas as schemas
from ui.rest.acting import acting
from ui.rest.schemas import Failure, responses
from ui.service.service import service_of
from ui.service.uploaded_questions import read_rows

if TYPE_CHECKING:
    from assistant.evaluation.figures.compare import Comparison
    from ui.service.evaluation_store import Evaluation

router = APIRouter(tags=["Evaluations"])

EvaluationId = Annotated[str, Path(alias="id", description="The evaluation's id.", examples=["5f0a6e0c9b1d4c3a"])]
_NOT_THERE = {"model": Failure, "description": "Its questions and answers are not available yet, or no longer."}
# The report shows text of articles and models, so it is isolated from everything else on this server.
_REPORT_POLICY = f"{POLICY}; frame-ancestors 'none'; sandbox allow-scripts"


@router.post(
    "/api/evaluations",
    summary="Run a question set",
    status_code=202,
    response_class=JSONResponse,
    response_model=None,
    responses=responses(
        {
            202: {
                "model": schemas.EvaluationAccepted,
                "description": "It is queued; this says where to follow it.",
                "headers": {
                    "Location": {"schema": {"type": "string"}, "description": "The address of the evaluation."}
                },
            }
        },
        404,
    ),
)
def start_evaluation(asked: schemas.EvaluationRequest, request: Request) -> JSONResponse:
    """Ask the questions one after the other in the background, after the evaluations that are already waiting."""
    mine, kept = acting(request), service_of(request).evaluations
    if asked.questions:
        question_set = read_rows(asked.questions, name=asked.name or "questions")
    elif asked.name:
        question_set = kept.set_named(asked.name)
    else:
        problem = {"loc": ("body",), "msg": "Send questions, or the name of a question set", "type": "value_error"}
        raise RequestValidationError([problem])
    evaluation = mine.evaluate(
        question_set,
        keep_as=asked.name if asked.questions else None,
        limit=asked.limit,
        baseline=asked.baseline,
        reader=asked.reader,
    )
    url = f"{request.scope.get('root_path', '')}/api/evaluations/{evaluation.id}"
    return JSONResponse({"id": evaluation.id, "url": url}, 202, {"Location": url})


@router.get(
    "/api/evaluations",
    summary="List evaluations",
    response_class=JSONResponse,
    response_model=None,
    responses=responses({200: {"model": schemas.EvaluationList, "description": "A page of evaluations."}}),
)
def list_evaluations(asked: Annotated[schemas.EvaluationsQuery, Query()], request: Request) -> JSONResponse:
    """Return waiting, running and finished evaluations, the newest first, and the question sets.

    You see your own evaluations, admins see all; question sets are shared.
    """
    evaluations = acting(request)
    known = evaluations.evaluations()
    page = known[asked.offset : asked.offset + asked.limit]
    return JSONResponse(
        {
            "total": len(known),
            "question_sets": evaluations.set_names(),
            "evaluations": [_evaluation_json(evaluation) for evaluation in page],
        }
    )


@router.get(
    "/api/evaluations/{id}",
    summary="Follow an evaluation",
    response_class=JSONResponse,
    response_model=None,
    responses=responses(
        {200: {"model": schemas.EvaluationRecord, "description": "The evaluation as it stands."}, 409: _NOT_THERE}, 404
    ),
)
def get_evaluation(
    id_: EvaluationId, asked: Annotated[schemas.EvaluationQuery, Query()], request: Request
) -> JSONResponse:
    """Return the state of an evaluation, with its figures once it is done.

    `rows` and `baseline` require that its questions and answers are still available.
    """
    evaluations = acting(request)
    evaluation = evaluations.evaluation(id_)
    value = _evaluation_json(evaluation)
    if asked.rows:
        made = evaluations.run_of(id_)
        page = dataclasses.replace(made, rows=made.rows[asked.offset : asked.offset + asked.rows])
        value["rows"] = page.rows_json()
    if (evaluation.is_whole or asked.baseline) and (other := evaluations.baseline_of(evaluation, asked.baseline)):
        comparison = compare(evaluations.run_of(other), evaluations.run_of(id_))
        value["comparison"] = _comparison_json(comparison, other)
    return JSONResponse(value)


@router.get(
    "/api/evaluations/{id}/report",
    summary="Read the report of an evaluation",
    response_class=Response,  # so that failures are documented as JSON
    response_model=None,
    responses=responses(
        {
            200: {
                "description": "The report: one HTML page that loads nothing.",
                "content": {"text/html": {"schema": {"type": "string"}, "example": "<!doctype html>…"}},
            },
            409: _NOT_THERE,
        },
        404,
    ),
)
def get_report(id_: EvaluationId, asked: Annotated[schemas.ReportQuery, Query()], request: Request) -> Response:
    """Return the report that `dateline evaluate --report` writes, compared with the baseline if there is one."""
    page = acting(request).report(id_, baseline=asked.baseline)
    return HTMLResponse(page, headers={"Content-Security-Policy": _REPORT_POLICY})


@router.delete(
    "/api/evaluations/{id}",
    summary="Remove an evaluation",
    status_code=204,
    response_class=Response,
    responses=responses({204: {"description": "It has been removed."}}, 404),
)
def remove_evaluation(id_: EvaluationId, request: Request) -> None:
    """Cancel an evaluation if it is waiting or running, and remove its results."""
    acting(request).remove_evaluation(id_)


def _evaluation_json(evaluation: Evaluation) -> dict[str, Any]:
    value = evaluation.as_json()
    value["progress"] = {"done": value.pop("done"), "total": value.pop("total")}
    value["whole"] = value.pop("is_whole")
    return value | {"comparison": None, "rows": None}


def _comparison_json(comparison: Comparison, baseline: str) -> dict[str, Any]:
    value = comparison.as_json() | {"baseline": baseline}
    return {name: value[name] for name in schemas.ComparisonRecord.model_fields}
