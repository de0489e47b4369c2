"""Values as versioned JSON documents, written and read back. No I/O."""
