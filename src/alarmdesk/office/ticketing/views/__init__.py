"""What do the pages of notes and tickets answer?"""
