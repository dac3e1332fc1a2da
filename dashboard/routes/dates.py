"""A date in an address turned into a date, or a clear refusal."""

import re
from collections.abc import Callable
from datetime import date
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
