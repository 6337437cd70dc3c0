"""What does every test of the repository get? The house in `tests/house`: a database, the outside world, a browser."""

pytest_plugins = ["tests.house.databases", "tests.house.outside", "tests.house.browser"]
