"""Published tables, applied to what a person enters; nothing is stored."""

from fastapi import APIRouter, HTTPException

from dashboard.lifting_text import lifting_text
from dashboard.schemas import (
    LiftingSchema,
    LiftSchema,
    ProblemSchema,
    TrunkPostureSchema,
    TrunkScoreSchema,
    lift_from_schema,
    lifting_schema,
)
from monitor.calculators import CalculatorError, lifting_index, trunk_score


def router() -> APIRouter:
    """Routes that need neither sensor nor store."""
    routes = APIRouter(
        tags=["calculators"],
        responses={422: {"model": ProblemSchema, "description": "Not valid for such a task."}},
    )

    @routes.post("/api/niosh", summary="Revised NIOSH lifting equation")
    async def niosh(body: LiftSchema) -> LiftingSchema:
        """Each multiplier, the recommended weight limit and the lifting index."""
        lift = lift_from_schema(body)
        try:
            found = lifting_index(lift)
        except CalculatorError as error:
            raise HTTPException(422, str(error)) from error
        return lifting_schema(found, sentence=lifting_text(lift, found))

    @routes.post("/api/reba-trunk", summary="REBA trunk score of a posture")
    async def reba_trunk(body: TrunkPostureSchema) -> TrunkScoreSchema:
        """The trunk score only: a REBA total needs what no sensor on a back can see."""
        try:
            found = trunk_score(
                body.sagittal_deg, lateral_deg=body.lateral_deg, twist_deg=body.twist_deg
            )
        except CalculatorError as error:
            raise HTTPException(422, str(error)) from error
        return TrunkScoreSchema(
            score=found.score, lean=found.lean, twisted_or_aside=found.twisted_or_aside
        )

    return routes
