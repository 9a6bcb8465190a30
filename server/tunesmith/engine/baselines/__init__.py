"""What a tuned model has to beat, besides the base model itself."""
