"""What the models of an analysis were fitted with: as a table beside theirs, and read back."""

import json
from pathlib import Path

import pandas as pd

from nco_utils import tables
from nco_utils.params import ReferenceModel


def settings_table(model: ReferenceModel) -> pd.DataFrame:
    """Return table `model_settings`."""
    rows = [(name, json.dumps(value, ensure_ascii=False)) for name, value in model.model_dump(mode="json").items()]
    return tables.conform(pd.DataFrame(rows, columns=["setting", "value"]), tables.MODEL_SETTINGS)


def read_model(folder: Path) -> ReferenceModel:
    """Return what the models of an analysis in `folder` were fitted with; raises ContractError when that is absent."""
    return model_of(tables.read(tables.MODEL_SETTINGS, folder))


def model_of(settings: pd.DataFrame) -> ReferenceModel:
    """Return what the models were fitted with, from table `model_settings`."""
    named = zip(settings["setting"], settings["value"], strict=True)
    return ReferenceModel(**{name: json.loads(value) for name, value in named})
