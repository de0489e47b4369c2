"""Acting: observing the world, creating jobs, waiting for them, handing results to delivery."""
