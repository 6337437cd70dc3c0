"""What do the pages of leads and customers answer?"""
