"""No word of ours promises health; docs/claims.md."""

import pytest

from tests.claims.words import all_words, claims, policy, words_of_python

POLICY = policy()
PATTERNS = list(POLICY.values())

PLANTED = {
    "prevents, stops, reduces or avoids harm": "Backwatch prevents back pain.",
    "treats or heals": "Stretching like this treats your back.",
    "detects or predicts illness or injury": "It detects a spasm before you feel it.",
    "a risk of injury or pain": "Your injury risk today: 34 %.",
    "diagnosis": "A first diagnosis of how you sit.",
    "the one right posture": "Keep the correct posture.",
    "that bending or slouching does harm": "Slouching for hours damages the discs.",
    "approved, proven, clinical": "Clinically proven in offices.",
    "advice on medicines": "An ibuprofen may be of use.",
    "blame": "You should have stood up earlier.",
}


def test_every_row_of_the_policy_is_read() -> None:
    assert set(POLICY) == set(PLANTED)


@pytest.mark.parametrize("row", PLANTED)
def test_a_planted_claim_is_found_by_its_row(row: str) -> None:
    assert list(claims(PLANTED[row], [POLICY[row]])) == [PLANTED[row]]


@pytest.mark.parametrize("row", PLANTED)
def test_a_claim_planted_in_code_is_found(row: str) -> None:
    source = f'def told(name):\n    return f"Hello {{name}}. {PLANTED[row]}"\n'
    found = [
        c for words in words_of_python(source, "planted") for c in claims(words.text, PATTERNS)
    ]

    assert PLANTED[row] in found


@pytest.mark.parametrize(
    "said",
    [
        "It is not a medical device.",
        "It diagnoses nothing and predicts no injury.",
        "Label: habit score, not injury risk.",
        "Leaning forward for 14 min.",
        "No study shows that bending causes pain.",
    ],
)
def test_a_denial_and_a_plain_fact_are_let_through(said: str) -> None:
    assert list(claims(said, PATTERNS)) == []


def test_a_denial_does_not_cover_the_next_sentence() -> None:
    said = "It is not a medical device. It prevents injuries."

    assert list(claims(said, PATTERNS)) == ["It prevents injuries."]


def test_words_are_found_on_the_page_on_the_command_line_and_in_documents() -> None:
    text = "\n".join(words.text for words in all_words())

    for known in (
        "the sensor cannot tell which",  # the page
        "Stand up and walk a few steps",  # an alert
        "hear a sensor, keep what it says",  # the command line
        "Nothing is shown before the feedback phase is over",  # a document
    ):
        assert known in text


def test_nothing_a_person_can_read_claims_what_it_must_not() -> None:
    found = [
        f"{words.place}: {claim}" for words in all_words() for claim in claims(words.text, PATTERNS)
    ]

    assert found == []


def main() -> None:
    """Print how much was read: `python -m tests.claims.test_claims`."""
    words = all_words()
    print(f"{len(words)} strings, {sum(len(w.text) for w in words)} characters read")


if __name__ == "__main__":
    main()
