"""Runs, seen from outside: starting, finding, following and stopping them."""
