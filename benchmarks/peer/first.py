"""The reference's first prediction: `python first.py WORK`, with model, setup and pair. It is ready when it has predicted."""
import json
import sys

from protocol import serve
from trained import load, predict, versions

work = json.loads(sys.argv[1])
label = predict(*load(work), work)
serve(versions(), answer=f"label {label}")
