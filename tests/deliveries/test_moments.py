"""When a test was taken: windows, their providers, and school years."""

import pandas as pd

from nco.base import all_settings
from nco.deliveries.readers.moments import in_window, moment_of, school_years


def test_a_school_year_begins_on_the_first_of_august():
    dates = pd.Series(pd.to_datetime(["2021-07-31", "2021-08-01", "2022-01-01"]))
    assert school_years(dates).tolist() == ["2020-2021", "2021-2022", "2021-2022"]


def test_a_window_over_new_year_includes_both_its_ends_and_a_leap_day():
    days = ["2021-11-30", "2021-12-01", "2022-01-01", "2022-02-28", "2020-02-29", "2022-03-01", None]
    dates = pd.Series(pd.to_datetime(days))
    inside = in_window(dates, pd.Series(["M"] * 7), pd.Series(["cito"] * 7), all_settings.load().windows)
    assert inside.tolist() == [False, True, True, True, True, False, pd.NA]


def test_a_provider_can_have_a_window_of_its_own():
    dates = pd.Series(pd.to_datetime(["2021-09-14", "2021-09-14", "2021-10-31", "2021-11-01", "2021-06-01"]))
    providers = pd.Series(["cito", "diataal", "diataal", "diataal", "diataal"])
    inside = in_window(dates, pd.Series(["E"] * 5), providers, all_settings.load().windows)
    assert inside.tolist() == [False, True, True, False, True]


def test_a_date_in_no_window_has_no_moment():
    dates = pd.Series(pd.to_datetime(["2021-09-14", "2022-01-19", "2022-04-14", "2022-06-01", None]))
    moments = moment_of(dates, pd.Series(["boom"] * 5), all_settings.load().windows)
    assert moments.fillna("").tolist() == ["B", "M", "", "E", ""]
