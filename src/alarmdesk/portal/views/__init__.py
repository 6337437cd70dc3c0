"""What do the dealer's customers see, and how are they let in? One module per matter."""
