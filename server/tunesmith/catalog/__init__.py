"""What the engine can do, said without torch: tasks, methods and their options."""
