"""The venues' dialects. Each venue is one folder; siblings never import each other."""
