"""Papers inside: drafts, writing, publishing, withdrawing."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from commonweal.errors import BadInput, Busy, NotReady
from commonweal.web.commissioning import forms, presenters
from commonweal.web.commissioning.services import papers
from commonweal.web.core.access import page
from commonweal.web.core.presenters import error_words


@page("commissioning.see", purpose="planning")
def papers_page(request: HttpRequest) -> HttpResponse:
    """Papers: drafts, published, withdrawn."""
    return _papers(request, forms.PaperForm())


def _papers(request: HttpRequest, form, status: int = 200) -> HttpResponse:
    rows = papers.papers(by=request.actor)  # type: ignore[attr-defined]
    return render(request, "commissioning/papers.jinja", {"rows": rows, "form": form}, status=status)


@page("commissioning.publish", purpose="planning", methods=("POST",))
def start_paper(request: HttpRequest) -> HttpResponse:
    """Start a paper of a place and year."""
    form = forms.PaperForm(request.POST)
    if not form.is_valid():
        return _papers(request, form, 422)
    row = papers.create(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
    return redirect("commissioning:paper", row.slug)


@page("commissioning.see", purpose="planning")
def paper(request: HttpRequest, slug: str) -> HttpResponse:
    """One paper: a draft as the register makes it now, or what was published."""
    by = request.actor  # type: ignore[attr-defined]
    row, made = papers.get(by=by, slug=slug), papers.content(by=by, slug=slug)
    return render(
        request,
        "commissioning/paper.jinja",
        {
            "row": row,
            "paper": made,
            "body": presenters.paper_body(made),
            "contents": presenters.paper_contents(made),
            "changed": papers.what_changed(by=by, slug=slug),
            "language": papers.plain_english(made) if row.state == "draft" else [],
            "withdraw_form": forms.WithdrawForm(),
        },
    )


@page("commissioning.publish", purpose="planning", methods=("GET", "POST"))
def write_paper(request: HttpRequest, slug: str) -> HttpResponse:
    """Write the paper's own text; figures and lists are made from the register."""
    by = request.actor  # type: ignore[attr-defined]
    row, made = papers.get(by=by, slug=slug), papers.content(by=by, slug=slug)
    titles = {
        block.slot: section.title for section in made.sections for block in section.blocks if getattr(block, "slot", "")
    }
    typed = {slot: request.POST.get(f"slot.{slot}", text)[:20_000] for slot, text in made.slots().items()}
    error = ""
    if request.method == "POST":
        version = request.POST.get("base_version", "")
        try:
            papers.write(by=by, slug=slug, written=typed, base_version=int(version) if version.isdigit() else 0)
        except Busy as clash:
            error = f"{clash.message}. Your text is below; theirs is on the paper's page."
        except (BadInput, NotReady) as wrong:
            error = f"{error_words(wrong)}. Your text is below."
        else:
            messages.success(request, "The text is kept")
            return redirect("commissioning:paper", slug)
    return render(
        request,
        "commissioning/write_paper.jinja",
        {
            "row": row,
            "slots": [(slot, titles[slot], text) for slot, text in typed.items()],
            "figures": made.figures,
            "error": error,
        },
        status=422 if request.method == "POST" else 200,
    )


@page("commissioning.publish", purpose="planning", methods=("POST",))
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    """Freeze and publish."""
    row = papers.publish(by=request.actor, slug=slug)  # type: ignore[attr-defined]
    messages.success(request, f"Published; its content is {row.content_hash[:12]}")
    return redirect("commissioning:paper", slug)


@page("commissioning.publish", purpose="planning", methods=("POST",))
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    """Withdraw a published paper, saying why."""
    form = forms.WithdrawForm(request.POST)
    if form.is_valid():
        papers.withdraw(by=request.actor, slug=slug, reason=form.cleaned_data["reason"])  # type: ignore[attr-defined]
        messages.success(request, "The paper is withdrawn; its page says why")
        return redirect("commissioning:paper", slug)
    return render(
        request,
        "commissioning/form.jinja",
        {"form": form, "title": "Withdraw", "caption": slug, "intro": "", "button": "Withdraw", "back": "../"},
        status=422,
    )


@page("commissioning.publish", purpose="planning", methods=("POST",))
def next_paper(request: HttpRequest, slug: str) -> HttpResponse:
    """Start the next version of a published paper."""
    row = papers.start_next(by=request.actor, slug=slug)  # type: ignore[attr-defined]
    return redirect("commissioning:paper", row.slug)


@page("commissioning.see", purpose="planning")
def paper_file(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """The paper as Word or PDF."""
    content, media = papers.rendered(papers.content(by=request.actor, slug=slug), form)  # type: ignore[attr-defined]
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{slug}.{form}"'
    return response
