"""What does the office see and press of credit?"""
