"""Values and events to text, progress and versioned JSON. This part decides nothing."""
