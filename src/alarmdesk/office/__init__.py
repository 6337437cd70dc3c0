"""What does the dealer's staff see? The shell: navigation, home, settings, runs, reports.

A face: it asks the rooms below and keeps nothing itself.
"""
