"""What does the office see and press of monitoring?"""
