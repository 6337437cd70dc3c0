"""What holds for the whole house, whatever is added to it: floors, walls, doors, links, budgets."""
