"""What needs torch: training, evaluation and generation, each in a process of its own."""

import os

# A model is on disk before an engine process starts, so that nothing here ever asks a network;
# and tokenizers warns at each fork unless it is told that its threads are not wanted.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
