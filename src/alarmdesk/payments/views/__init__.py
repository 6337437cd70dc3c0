"""What does the office see of payments, billing methods, Auto Pay and the gateway? One module per noun."""
