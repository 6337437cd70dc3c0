"""What tests live in: a database for each worker, the outside world in a box, a browser."""
