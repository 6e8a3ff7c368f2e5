"""The small script that is sent is made of the source that is read."""

from scripts import small_widget


def test_the_small_script_is_made_of_the_source_as_it_is():
    header = small_widget.SMALL.read_text().partition("\n")[0]
    assert header == small_widget.header(small_widget.SOURCE.read_text()), "run: make widget"
