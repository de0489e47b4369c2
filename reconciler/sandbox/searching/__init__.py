"""Item search: reading what is asked for, and finding it by SQL and by CQL2. It knows nothing of HTTP."""
