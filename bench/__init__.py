"""How fast is it, beside what the machine could do at best? Run a bench with `make bench-NAME` (`python -m bench.NAME`)."""
