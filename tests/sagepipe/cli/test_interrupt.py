"""``sagepipe run --interrupt STEP=SECONDS``."""

import pytest

from sagepipe.cli import parameters
from sagepipe.cli.settings import SettingsError


def test_says_for_each_step_when():
    found = parameters.interruptions(["train=5", "a=b=0.5"])
    assert found == {"train": 5.0, "a=b": 0.5}


@pytest.mark.parametrize("text", ["train", "=5", "train=", "train=soon", "train=-1", "train=inf"])
def test_of_another_form_is_refused(text):
    with pytest.raises(SettingsError, match="is not of the form STEP=SECONDS"):
        parameters.interruptions([text])
