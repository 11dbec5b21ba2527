"""Numbers and truth values as the API server reads them: "2" in quotes is a text.

pydantic by itself would take the texts "2" and "true" as well, and a laptop would speak what the
cluster refuses.
"""

from pydantic import StrictBool, StrictFloat, StrictInt

Integer = StrictInt
"""An integer."""
Number = StrictFloat
"""A number, with a fraction or without."""
Boolean = StrictBool
"""true or false."""
