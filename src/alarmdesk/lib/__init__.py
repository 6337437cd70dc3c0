"""What would be at home in a program that never heard of alarms: money, clock, recurrence, phones, pages."""
