"""Terms: words of the first sentences lead to theirs, and each is linked on the page."""

import re
from pathlib import Path

from smallmass.paper import glossary
from smallmass.paper.glossary import GLOSSARY, IN_SENTENCES, explained

PAGE = Path(glossary.__file__).parent / "page"


def test_the_first_of_each_word_leads_to_its_term_and_the_text_stays():
    sentence = "Sensitivity 1 < 2: sensitivity +6.7 points (P = 0.5), sensitivity again, AUROCs"
    html = explained(sentence)
    assert re.findall(r'href="#term-(\w+)"', html) == ["sensitivity", "points", "p"]
    assert re.sub(r"<[^>]*>", "", html) == sentence.replace("<", "&lt;")


def test_every_term_is_linked_from_where_it_stands():
    text = "".join(path.read_text(encoding="utf-8") for path in PAGE.glob("*.j2"))
    linked = {*re.findall(r'term\("([\w-]+)"', text), *IN_SENTENCES.values()}
    assert linked == set(GLOSSARY)
