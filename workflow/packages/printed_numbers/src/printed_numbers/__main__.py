"""``python -m printed_numbers``: see `command`."""

import sys

from printed_numbers.command import main

sys.exit(main())
