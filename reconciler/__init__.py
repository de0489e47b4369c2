"""Terraform for satellite-image processing at UP42: declare outputs, see the price, apply once."""

__version__ = "0.1.0"
