"""Runs a Great Expectations suite over one frame, in one call."""

import os
from collections.abc import Mapping

import numpy as np
import pandas as pd

from nco.register.findings import expectations_file
from nco_utils.errors import ContractError


def broken_rows(suite: str, frame: pd.DataFrame, parameters: Mapping[str, object]) -> dict[str, np.ndarray]:
    """Return, for every rule of `expectations/<suite>.json` that is broken, the rows that break it.

    frame: any columns the suite names, index 0..n-1; parameters: what its `$PARAMETER`s stand for.
    Gives {rule id: positions (k,), ascending}. Raises ContractError when a rule cannot be evaluated.
    """
    expectations = expectations_file(suite)["expectations"]
    # Every expectation copies its batch: only the columns that the suite names are in it.
    named = {name for each in expectations for name in _columns(each["kwargs"])}
    validated = _batch(frame[[name for name in frame.columns if name in named]]).validate(
        _suite(suite, expectations),
        # COMPLETE without index columns gives row positions: no cap on their number, and no values in them.
        result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False},
        expectation_parameters=dict(parameters),
    )
    broken = {}
    for outcome in validated.results:
        rule = outcome.expectation_config.meta["rule"]
        if _raised(outcome.exception_info or {}):
            raise ContractError(f"expectations/{suite}.json: rule {rule} cannot be evaluated on this table.")
        if not outcome.success:
            broken[rule] = np.sort(np.asarray(outcome.result["unexpected_index_list"], dtype=np.int64))
    return broken


def _raised(exception_info: dict) -> bool:
    # Great Expectations gives either one record or, when it failed in a metric, one per metric.
    return exception_info.get("raised_exception", bool(exception_info))


def _batch(frame: pd.DataFrame):
    # Its usage statistics go over the network, and these machines hold pupils' data.
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    # Imported here: it takes seconds, and only validation needs it.
    import great_expectations
    from tqdm import tqdm

    # Even a progress bar that is off starts a thread, and a process that forks later may have none.
    tqdm.monitor_interval = 0
    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("delivery").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})


def _suite(name: str, expectations: list[dict]):
    from great_expectations import ExpectationSuite

    return ExpectationSuite(name=name, expectations=expectations)


def _columns(kwargs: Mapping) -> list[str]:
    """Return the columns that an expectation names, those of its row condition too."""
    condition = kwargs.get("row_condition", {}).get("column", {}).get("name")
    return [*kwargs.get("column_list", []), *filter(None, [kwargs.get("column"), condition])]
