"""HTTP without any service: links, single exchanges, connections, retries, and reading what comes back."""
