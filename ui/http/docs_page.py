"""The API documentation at /docs: Swagger UI, served without external files."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

router = APIRouter(include_in_schema=False)

# The paths are relative, so that the page works under any path of a proxy.
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Dateline: API</title>
<link rel="icon" href="docs/favicon-32x32.png"><link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="api"></div><script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body>
</html>
"""
_START = """SwaggerUIBundle({ url: "openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout" })
"""
_FILES = {
    "favicon-32x32.png": "image/png",
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
}


@router.get("/docs")
def docs() -> HTMLResponse:
    """Show the API, and let users try it."""
    return HTMLResponse(_PAGE)


@router.get("/docs/{name}")
def file(name: str) -> Response:
    """Return a part of the page."""
    cached = {"Cache-Control": "max-age=3600"}
    if name == "start.js":
        return Response(_START, media_type="text/javascript", headers=cached)
    if name not in _FILES:
        raise HTTPException(404)
    content = files("fastapi_swagger").joinpath("resources", name).read_bytes()
    return Response(content, media_type=_FILES[name], headers=cached)
