"""The only part that knows the service's URLs and field names."""
