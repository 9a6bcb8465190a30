"""Answers to an editor as pure functions: prompts, findings and runs in, protocol types out."""
