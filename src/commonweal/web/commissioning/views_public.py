"""Public pages: quick, cacheable, and made from published content alone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control

from commonweal.web.commissioning import presenters
from commonweal.web.commissioning.services import coverage as coverage_service
from commonweal.web.commissioning.services import engagement, papers
from commonweal.web.commissioning.views_targets import page_number
from commonweal.web.core.access import ANYONE, page

FIVE_MINUTES = 300


def _cacheable(request: HttpRequest, response: HttpResponse, tag: str = "") -> HttpResponse:
    """Anyone may keep it, unless somebody is signed in: the frame then shows their name. A reader who holds what `tag` names is told
    so, and is sent nothing."""
    if request.user.is_authenticated:
        return response
    if tag:
        response["ETag"] = f'"{tag}"'
        held = get_conditional_response(request, etag=response["ETag"], response=response)
        response = response if held is None else held
    patch_cache_control(response, public=True, max_age=FIVE_MINUTES)
    return response  # type: ignore[return-value]


@page(ANYONE, purpose="public")
def you_said(request: HttpRequest) -> HttpResponse:
    """You said, we did: what was stated, what is only inferred, and what was not done."""
    source, theme = request.GET.get("source", ""), request.GET.get("theme", "")
    rows = engagement.published_responses(source=source, theme=theme)
    response = render(
        request,
        "commissioning/you_said.jinja",
        {
            "rows": rows,
            "found": coverage_service.page(rows, page_number(request)),
            "query": {name: held for name, held in (("source", source), ("theme", theme)) if held},
            "summary": engagement.summary(rows),
            "inferred": sum(row.basis == "inferred" for row in rows),
            "theme_options": [(name, name) for name in engagement.themes()],
            "documents": presenters.DOCUMENTS,
            "source": source,
            "theme": theme,
            "present": presenters,
        },
    )
    return _cacheable(request, response)


@page(ANYONE, purpose="public")
def published(request: HttpRequest) -> HttpResponse:
    """Papers for the public."""
    return _cacheable(request, render(request, "commissioning/published.jinja", {"rows": papers.published()}))


@page(ANYONE, purpose="public")
def published_paper(request: HttpRequest, slug: str) -> HttpResponse:
    """One published paper, as it was published."""
    row, made = papers.published_paper(slug)
    response = render(
        request,
        "commissioning/published_paper.jinja",
        {"row": row, "paper": made, "body": presenters.paper_body(made), "contents": presenters.paper_contents(made)},
    )
    return _cacheable(request, response, f"{row.content_hash}-{row.state}")


@page(ANYONE, purpose="public")
def published_file(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """One published paper as Word or PDF."""
    row, content, media = papers.published_file(slug, form)
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{slug}.{form}"'
    return _cacheable(request, response, f"{row.content_hash}-{row.state}-{form}")


@page(ANYONE, purpose="public")
def coverage(request: HttpRequest) -> HttpResponse:
    """Each of the 338 named systems, and how it is served, or plainly not yet."""
    rows = coverage_service.rows()
    served, words = request.GET.get("served", "")[:20], request.GET.get("words", "")[:100]
    response = render(
        request,
        "commissioning/coverage.jinja",
        {
            "rows": rows,
            "found": coverage_service.page(
                coverage_service.fitting(rows, served=served, words=words), page_number(request)
            ),
            "query": {name: held for name, held in (("served", served), ("words", words)) if held},
            "counts": coverage_service.counts(rows),
            "served": served,
            "words": words,
            "served_options": [(name, name.capitalize()) for name, _, _ in coverage_service.counts(rows)],
        },
    )
    return _cacheable(request, response)
