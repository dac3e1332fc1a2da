"""A date in an address turned into a date, or a clear refusal."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated

from fastapi import HTTPException, Query
from pydantic import WithJsonSchema

from monitor.store.days import FIRST_DATE, LAST_DATE

DateText = Annotated[
    Annotated[str, WithJsonSchema({"type": "string", "format": "date"})] | None,
    Query(
        alias="date",
        description="Local date, YYYY-MM-DD; today where it is left out.",
        examples=["2026-09-21"],
    ),
]


def _edge(name: str, said: str) -> object:
    return Query(alias=name, description=said, examples=["2026-09-21"])


_Text = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
FromText = Annotated[_Text | None, _edge("from", "First local date, YYYY-MM-DD.")]
ToText = Annotated[_Text | None, _edge("to", "Last local date; today where both are left out.")]


def parse_dates(
    first: str | None, last: str | None, today: Callable[[], date], *, most: int
) -> tuple[date, date]:
    """The first and the last of at most so many days; HTTPException 422 as `parse_date`.

    Where one is left out it is as far from the other as may be, or today.
    """
    end = parse_date(last, today) if last is not None or first is None else None
    if first is not None:
        start = parse_date(first, today)
        end = end or min(start + timedelta(days=most - 1), LAST_DATE)
    else:
        assert end is not None
        start = max(end - timedelta(days=most - 1), FIRST_DATE)
    if not start <= end < start + timedelta(days=most):
        raise HTTPException(
            422, f"days {start} to {end}: ask for 1 to {most} days, the first of them first"
        )
    return start, end


def parse_date(text: str | None, today: Callable[[], date]) -> date:
    """The date meant; HTTPException 422 where there is none of that name, or not here."""
    if text is None:
        return today()
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError("not four, two and two digits")
        found = date.fromisoformat(text)
    except ValueError:
        raise HTTPException(
            422, f"date {text!r} is not a date; write it as YYYY-MM-DD, e.g. 2026-09-21"
        ) from None
    if not FIRST_DATE <= found <= LAST_DATE:
        raise HTTPException(422, f"date {text} is not between {FIRST_DATE} and {LAST_DATE}")
    return found
