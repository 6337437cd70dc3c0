"""How is the command line reached without its script? `python -m alarmdesk`."""

from alarmdesk.cli import main

main()
