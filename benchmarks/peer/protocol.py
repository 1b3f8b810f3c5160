"""What every worker of the reference says; the other side is src/protocol.ts. One JSON object a line on stdout."""
import json
import resource
import sys


def say(line):
    print(json.dumps(line), flush=True)


def serve(versions, step=None, answer=None, padding=None):
    """Says that it is ready, calls `step`, which returns seconds, for every line `step`, and ends at any other."""
    say({"ready": True, "versions": versions, **({} if answer is None else {"answer": answer})})
    for line in sys.stdin:
        if line.strip() != "step":
            break
        say({"ms": 1000 * step()})
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    say({"peak_rss_mib": peak, **({} if padding is None else {"padding": padding()})})
