"""Print the JSON schema of config.yaml, from which editors complete keys.

uv run python -m smallmass.settings > workflow/schemas/config.schema.json
"""

import json

from smallmass.settings.schema import schema

print(json.dumps(schema(), indent=2, ensure_ascii=False))
