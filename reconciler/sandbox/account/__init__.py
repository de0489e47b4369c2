"""The account: credits, UP42 budgets, EULAs, tokens, the rate limit."""
