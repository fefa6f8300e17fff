"""The template environment: NHS components, and words instead of codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.contrib.messages import get_messages
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup

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
    env.globals.update(static=static, url=_url, can=can, get_messages=get_messages, frame_part=_frame_part(env))
    env.filters.update(
        date=presenters.date_words,
        when=presenters.moment_words,
        period=presenters.period_words,
        number=presenters.number_words,
        percent=presenters.percent_words,
        plural=presenters.plural_words,
        nhs_number=presenters.nhs_number_words,
        with_described=_with_described,
        chart_columns=presenters.chart_columns,
        chart_rows=presenters.chart_rows,
    )
    return env


MOST_FRAMES = 1000
"""Headers and footers that a process keeps, of some kilobytes each."""


def _frame_part(environment: Environment) -> Callable[[str, dict[str, Any]], Markup]:
    """What a component of the frame gives for the same words is the same: it is made once a process, and kept by the words.

    For components that read nothing but what they are given, and are given nothing about a person of the record.
    """

    @lru_cache(maxsize=MOST_FRAMES)
    def made(component: str, words: str) -> Markup:
        folder = component.replace("L", "-l")  # ``skipLink`` stands in skip-link
        macros = environment.get_template(f"nhsuk/components/{folder}/macro.jinja").module
        return getattr(macros, component)(json.loads(words))

    def frame_part(component: str, params: dict[str, Any]) -> Markup:
        return made(component, json.dumps(params, default=str))

    return frame_part


def _url(name: str, *args: object, **kwargs: object) -> str:
    return reverse(name, args=args, kwargs=kwargs)


def _with_described(attributes: dict[str, str], described: str) -> dict[str, str]:
    """`attributes` with ``aria-describedby`` where there is something that describes the field."""
    return {**attributes, "aria-describedby": described.strip()} if described.strip() else attributes
