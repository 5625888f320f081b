"""English conversations, made like the others."""

from __future__ import annotations

import random

from training.talk import words as said
from training.talk.sample import Sample


def english(draw: random.Random) -> Sample:
    """Another year or place of a figure, a pronoun, a correction; or something else altogether."""

    def of(phrases: str) -> str:
        return draw.choice(phrases.split("|"))

    metric = of(
        "grain output|population|rural income|forest coverage|GDP|number of nursing homes|"
        "tourism revenue|unemployment rate|tea output"
    )
    places = said.ENGLISH_PLACES
    one, two = draw.sample(places, 2)
    year, other = (str(each) for each in draw.sample(range(2012, 2026), 2))
    form = of(
        "What was the {m} of {p} in {y}?|What was {p}'s {m} in {y}?|How high was the {m} in {p} in {y}?|"
        "Tell me the {m} of {p} in {y}"
    )
    before = form.format(m=metric, p=one, y=year)
    lead = of("What about |And |and in |how about ||And what about |then ")
    chance = draw.random()
    if chance < 0.3:
        return Sample((before,), f"{lead}{other}?", form.format(m=metric, p=one, y=other), "leans")
    if chance < 0.55:
        return Sample((before,), f"{lead}{two}?", form.format(m=metric, p=two, y=year), "leans")
    if chance < 0.75:
        name = of(
            "the Baihe bridge|the housing allowance|the three-year plan|the old-age card|the city library|"
            "the pension reform|the water project"
        )
        first, then = draw.sample(said.ENGLISH_ASKS, 2)
        pronoun = draw.choice(["it", "this", "that"])
        return Sample(
            (f"{first.format(name).capitalize()}?",),
            f"{draw.choice(['', 'and ', 'so '])}{then.format(pronoun)}?",
            then.format(name),
            "leans",
        )
    if chance < 0.85:
        alone = of(
            "What is common prosperity?|Who issued the housing rules?|How many villages are there in {}?|"
            "When does the {} bridge open?|What is the retirement age in {}?"
        ).format(two)
        return Sample((before,), alone, alone, "alone")
    return Sample(
        (before,),
        draw.choice(["I meant {}", "no, {}", f"not {one}, {{}}", "sorry, {}"]).format(two),
        form.format(m=metric, p=two, y=year),
        "leans",
    )
