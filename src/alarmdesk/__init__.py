"""AlarmDesk: the open back office of alarm dealers.

Floors, from the ground up: `lib` (knows nothing of alarms), `company`, `customers` and `messaging`,
`invoicing` and `payments`, then the faces `office` and `portal`. Imports go down only (.importlinter).
"""

__version__ = "0.1.0"
