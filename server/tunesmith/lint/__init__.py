"""Rules over prompts and the data behind them."""
