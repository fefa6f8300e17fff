"""The plain-English check points at what it says it points at, and at nothing else."""

from commonweal.commissioning.plain_english import INSTEAD, Finding, check, words_per_sentence

LONG = " ".join(["word"] * 26) + "."


def kinds(text, **more):
    return [(one.kind, one.words) for one in check(text, **more)]


def test_a_sentence_of_25_words_is_let_through_and_26_is_not():
    assert check(" ".join(["word"] * 25) + ".") == ()
    (found,) = check(LONG)
    assert (found.kind, "26 words" in found.words) == ("long sentence", True)
    assert check("Short. " * 40) == ()
    assert check("One line\n" * 30) == ()  # lines are sentences of their own


def test_words_to_avoid_are_whole_words_and_named_once():
    assert kinds("We utilise it. They utilise it.") == [("word to avoid", "utilise")]
    assert kinds("Robustness of the cohorts") == []
    found = check("Prior to the change, in order to help")
    assert [one.words for one in found] == ["prior to", "in order to"]
    assert found[0] == Finding("word to avoid", "prior to", INSTEAD["prior to"])


def test_an_abbreviation_is_explained_in_the_text_or_in_the_glossary():
    assert kinds("Each PCN has a lead. The NHS pays GPs.") == [("abbreviation", "PCN")]
    assert kinds("Each primary care network (PCN) has a lead; PCNs meet.") == []
    assert kinds("The ICB and UTCs", explained=["ICB", "UTC"]) == []


def test_the_mean_length_of_sentences():
    assert words_per_sentence("One two. Three four five six.") == 3
    assert words_per_sentence(" ") is None
