"""Where models lie on disk, and how they get there."""
