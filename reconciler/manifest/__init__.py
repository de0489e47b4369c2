"""Reading the desired state: YAML files to checked outputs. This part knows nothing about the service."""
