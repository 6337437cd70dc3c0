"""What does the office answer? One file per noun."""
