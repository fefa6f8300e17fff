"""The template environment: NHS components, and words instead of codes."""

from __future__ import annotations

from django.contrib.messages import get_messages
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader

from commonweal.web.core import presenters
from commonweal.web.core.permissions import can


def environment(**options: object) -> Environment:
    """Jinja with the NHS components beside our own templates."""
    loader = options.pop("loader")
    env = Environment(  # noqa: S701  (autoescape is on, below)
        **{**options, "autoescape": True, "undefined": ChainableUndefined},  # type: ignore[arg-type]  # NHS macros chain what is absent
        loader=ChoiceLoader([loader, PackageLoader("nhsuk_frontend_jinja")]),  # type: ignore[list-item]
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(static=static, url=_url, can=can, get_messages=get_messages)
    env.filters.update(
        date=presenters.date_words,
        when=presenters.moment_words,
        number=presenters.number_words,
        percent=presenters.percent_words,
        plural=presenters.plural_words,
        nhs_number=presenters.nhs_number_words,
        with_described=_with_described,
        chart_columns=presenters.chart_columns,
        chart_rows=presenters.chart_rows,
    )
    return env


def _url(name: str, *args: object, **kwargs: object) -> str:
    return reverse(name, args=args, kwargs=kwargs)


def _with_described(attributes: dict[str, str], described: str) -> dict[str, str]:
    """`attributes` with ``aria-describedby`` where there is something that describes the field."""
    return {**attributes, "aria-describedby": described.strip()} if described.strip() else attributes
