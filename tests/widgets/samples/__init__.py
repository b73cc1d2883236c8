"""Card data as the charts get it, some of each kind. Made up, and the same every time.

A file per family of kinds, each with SAMPLES: name -> (kind, data, options, (width, height)).
"""

from tests.widgets.samples import (
    base,
    categories,
    distributions,
    layout,
    maps,
    tables,
    text,
    time,
)
from tests.widgets.samples.parts import Samples

SAMPLES: Samples = {
    **base.SAMPLES,
    **categories.SAMPLES,
    **tables.SAMPLES,
    **time.SAMPLES,
    **layout.SAMPLES,
    **text.SAMPLES,
    **distributions.SAMPLES,
    **maps.SAMPLES,
}
