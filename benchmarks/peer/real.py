"""The reference's side of a comparison on real data: `python real.py WORK`, with case, places and sizes (src/commands.ts)."""
import csv
import gc
import json
import random
import sys
import time

from protocol import serve

work = json.loads(sys.argv[1])
size, length = work["batch"], work["length"]


def rte():
    """Texts, second texts and labels of the training rows."""
    with open(f"{work['data']}/train.tsv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return [row[1] for row in rows], [row[2] for row in rows], [int(row[3] == "not_entailment") for row in rows]


def load():
    import trained

    label = trained.predict(*trained.load(work), work)

    def step():
        begun = time.perf_counter()
        loaded = trained.load(work)
        del loaded
        spent = time.perf_counter() - begun
        gc.collect()
        return spent

    serve(trained.versions(), step, answer=f"label {label}")


def tokenise():
    import tokenizers
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(work["model"])
    texts, seconds, _ = rte()
    count, at = work["pairs_a_step"], 0

    def batches(order):
        for first in range(0, len(order), size):
            rows = order[first : first + size]
            yield tokenizer(
                [texts[row] for row in rows],
                [seconds[row] for row in rows],
                truncation=True,
                max_length=length,
                padding=True,
                return_tensors="np",
            )

    def step():
        nonlocal at
        order = [row % len(texts) for row in range(at, at + count)]
        at += count
        begun = time.perf_counter()
        for _ in batches(order):
            pass
        return time.perf_counter() - begun

    total = sum(int(batch["input_ids"].sum()) for batch in batches(range(count)))
    versions = {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__, "threads": 1}
    serve(versions, step, answer=f"ids that sum up to {total} over {count} pairs")


def epoch():
    import adapters
    import torch
    import transformers
    from torch.nn.utils.rnn import pad_sequence

    transformers.logging.set_verbosity_error()
    epochs = 4
    tokenizer = transformers.AutoTokenizer.from_pretrained(work["model"])
    texts, seconds, labels = rte()
    rows = tokenizer(texts, seconds, truncation=True, max_length=length)
    tokens = {name: [torch.tensor(row) for row in rows[name]] for name in rows}
    lengths = [len(row) for row in rows["input_ids"]]

    torch.manual_seed(0)
    model = adapters.AutoAdapterModel.from_pretrained(work["model"])
    model.add_adapter("rte", config="seq_bn")
    model.add_classification_head("rte", num_labels=2)
    model.train_adapter("rte")
    model.active_head = "rte"
    model.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=5e-4, weight_decay=0.0)
    steps = epochs * -(-len(labels) // size)
    schedule = transformers.get_linear_schedule_with_warmup(optimiser, int(0.06 * steps), steps)

    def drawn():
        """Batches of rows as they are drawn."""
        for number in range(epochs):
            order = list(range(len(labels)))
            random.Random(number).shuffle(order)
            for first in range(0, len(order), size):
                yield order[first : first + size]

    batches = drawn()
    seen = padded = 0

    def step():
        nonlocal seen, padded
        begun = time.perf_counter()
        for _ in range(work["batches_a_step"]):
            order = next(batches)
            batch = {name: pad_sequence([tokens[name][row] for row in order], batch_first=True) for name in tokens}
            loss = model(**batch, labels=torch.tensor([labels[row] for row in order])).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            loss.item()
            seen += sum(lengths[row] for row in order)
            padded += batch["input_ids"].numel()
        return time.perf_counter() - begun

    versions = {"adapters": adapters.__version__, "torch": torch.__version__, "threads": torch.get_num_threads()}
    answer = f"{len(labels)} rows of {sum(lengths)} tokens"
    serve(versions, step, answer=answer, padding=lambda: 1 - seen / padded)


{"load": load, "tokenise": tokenise, "epoch": epoch}[work["case"]]()
