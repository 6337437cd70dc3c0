"""Do the bars stand where their numbers are?"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmdesk.lib import charts
from alarmdesk.lib.charts import BarChart, Series, Sparkline

amounts = st.lists(st.decimals(0, 10_000_000, places=2), min_size=1, max_size=24)


def chart(values):
    return BarChart("Billed", [str(n) for n in range(len(values))], [Series("Billed", values)], money=True)


@given(amounts)
def test_no_bar_leaves_the_drawing_and_the_axis_holds_the_largest(values):
    drawn = chart(values)
    assert drawn.ceiling >= float(max(values))
    for bar in drawn.bars:
        assert charts.TOP <= bar.y <= charts.BOTTOM
        assert bar.x >= 0
        assert bar.x + bar.width <= 100


@pytest.mark.parametrize(
    ("top", "ceiling"), [(0, 4), (805, 1000), (4, 4), (5, 8), (4000, 4000), (0.3, 0.4), (4001, 8000)]
)
def test_the_axis_ends_at_four_nice_steps(top, ceiling):
    assert chart([top]).ceiling == pytest.approx(ceiling)


def test_the_axis_is_labelled_short_and_the_table_exact():
    drawn = chart([Decimal("805.10"), Decimal(0)])
    assert [tick.label for tick in drawn.ticks] == ["$0", "$250", "$500", "$750", "$1k"]
    assert drawn.rows == [("0", ["$805.10"]), ("1", ["$0.00"])]
    assert drawn.bars[0].tip == "0: Billed $805.10"


def test_a_series_that_does_not_fit_the_labels_is_refused():
    with pytest.raises(ValueError, match="2 values for 1 labels"):
        BarChart("x", ["a"], [Series("s", [1, 2])])


def test_a_sparkline_needs_two_points_and_a_flat_one_lies_at_the_bottom():
    assert not Sparkline([1.0]).is_drawable
    assert Sparkline([5.0, 5.0]).places == [(1.0, 18.0), (67.0, 18.0)]
    assert Sparkline([0.0, 1.0]).last == (67.0, 3.0)
