"""What `reconciler init` writes: the templates beside this file, and which of them go where."""
