"""What is stored, and where, as the API tells it."""

from typing import Literal

from pydantic import Field

from dashboard.schemas import Schema

ALL_WORDS = "erase everything"
STAYS_OF_ALL = (
    "Pairings and the key of this page stay; forget sensors on the page Sensors. Files that you "
    "saved elsewhere, reports and tapes of a command among them, stay where you put them. A sensor "
    "may keep samples in its own memory; what it sends of before is not kept any more."
)
STAYS_OF_A_DAY = (
    "Settings, trials and calibrations stay, and when a sensor was connected. Tapes that touch the "
    "day go as a whole, and so do the files of shifts, which can be made again without it. What a "
    "sensor sends later of that day is not kept."
)


class KeptSchema(Schema):
    """Something that is stored."""

    about: str = Field(description="What it is.")
    where: str = Field(description="Its file or folder on this computer.")
    bytes: int = Field(description="How large it is.")
    days: int | None = Field(description="For how many days it is kept; null: until it is erased.")


class TableSchema(Schema):
    """A table of the database."""

    name: str = Field(description="As its file in the export is named.")
    about: str = Field(description="What it holds.")
    rows: int = Field(description="How much of it there is.")


class PrivacySchema(Schema):
    """What is stored, and whether more is."""

    paused_since_ms: int | None = Field(
        description="Since when nothing is kept [ms since the epoch, UTC]; null: it is kept."
    )
    kept: list[KeptSchema] = Field(description="Files and folders.")
    tables: list[TableSchema] = Field(description="Of the database.")
    summaries_days: int | None = Field(description="How long summaries are kept; null: for ever.")
    first_date: str | None = Field(description="The first day that is stored; null: none is.")
    last_date: str | None = Field(description="The last day that is stored; null: none is.")
    confirm_all: str = Field(description="What to type to erase everything.")
    stays_of_all: str = Field(description="What stays once everything is erased.")
    stays_of_day: str = Field(description="What stays once a day is erased.")


class PauseSchema(Schema):
    """Whether to keep nothing."""

    on: bool = Field(description="True: nothing is kept from now on; false: it is kept again.")


class WipeSchema(Schema):
    """What to erase, said twice."""

    what: Literal["everything", "day"] = Field(description="All there is, or one local day.")
    date: str | None = Field(None, description="The day, YYYY-MM-DD.", max_length=10)
    confirm: str = Field(
        description="Typed by the person: 'erase everything', or the date once more.",
        max_length=40,
    )
