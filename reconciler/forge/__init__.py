"""Pull requests and workflow runs at GitHub: this part knows plans as values, and nothing of UP42."""
