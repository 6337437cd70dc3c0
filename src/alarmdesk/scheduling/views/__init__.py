"""What does the office, and who is on the road, see and press of the schedule?"""
