"""What is only seen in a browser: pages that are clean, walks through the product, the weight of what is sent."""
