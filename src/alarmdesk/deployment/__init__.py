"""How is AlarmDesk put on a machine and kept alive there?

Nouns: the embedded server (`embedded`), the database with its two roles (`database`), the children that make up an
installation (`supervisor`), the demo (`demo`). Verbs: start, prepare, migrate, supervise. It refuses to know alarms,
customers or money: rooms never import it, only the command line and the tests do.
"""
