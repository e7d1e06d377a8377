"""Numbers on the command line are decimal, bounded, and refused with the option's name."""
import pytest

from door import post, rated
from test_31_needs import needs  # noqa: F401


@pytest.mark.parametrize("text", ["010x", "0x10", "", " 7", "-1", "3.0", "1e3", "99999999999"])
def test_a_number_that_is_none_is_refused(needs, text):  # noqa: F811
    assert f"--count takes a whole number from 1 to 1000000, not '{text}'" in needs("watch", f"--count={text}", status=2)
    assert f"--wait takes a whole number from 0 to 86400, not '{text}'" in needs("settled", f"--wait={text}", status=2)


def test_a_leading_nought_is_no_octal(needs):  # noqa: F811
    """010 is ten, and not the eight that it would be in octal."""
    rated_people = [event for i in range(12) for event in (post(f"p-{i}"), rated(f"p-{i}", {"STL3": 1}))]
    needs.door.settle(needs.door.push_good(rated_people))
    said = needs("watch", "--since", "start", "--count", "010", "--json")
    assert len(said.splitlines()) == 10

