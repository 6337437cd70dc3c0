"""How fast is it, beside what the machine could do at best? `make bench-NAME` runs `python -m bench.NAME`."""
