"""What is outside of AlarmDesk, and how can a demo, a test or a dealer's trial reach it without the real thing?

One separate process plays the payment gateway and the mail server on real sockets, in their real wire formats.
It imports nothing of AlarmDesk. Start it with `python -m simulators --state DIR`; see `client.World` for tests.
"""
