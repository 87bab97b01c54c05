from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "../shared/data"


@pytest.fixture
def otlp_folder() -> Path:
    folder = SHARED / "otlp"
    if not folder.is_dir():
        pytest.skip("the example requests of the OTLP repository are not beside the checkout")
    return folder
