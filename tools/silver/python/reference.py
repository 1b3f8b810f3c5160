"""Trains an adapter and a head with the Python library `adapters` on rows that `bin.js rows` encoded.

    python reference.py --rows ROWS.json --model ENCODER --seed 0 --out OUT

Writes OUT/adapter and OUT/head, the initial values as the library saves them, before training; then OUT/reference.json: the loss
of every step and the logits of the validation rows after the last step. The encoder is frozen and has no dropout. AdamW without weight decay, a
linear schedule without warm-up, gradients clipped to the global norm of the settings. `--float64` computes in double precision, from the
same initial values, and `--steps 50` stops early: the difference to the losses in single precision is what rounding alone does.
"""
import argparse, json, os, time

import adapters, torch, transformers
from adapters import BertAdapterModel, SeqBnConfig
from transformers import get_linear_schedule_with_warmup

NAME = "silver"


def pad(rows, fill):
    longest = max(len(row) for row in rows)
    return torch.tensor([[*row, *[fill] * (longest - len(row))] for row in rows])


def inputs_of(rows):
    return {
        "input_ids": pad([row["ids"] for row in rows], 0),
        "token_type_ids": pad([row["types"] for row in rows], 0),
        "attention_mask": pad([[1] * len(row["ids"]) for row in rows], 0),
    }


def targets_of(kind, labels, rows):
    targets = [row["target"] for row in rows]
    if kind == "token-classification":
        return {"labels": pad([[-100 if tag < 0 else tag for tag in tags] for tags in targets], -100)}
    if kind == "question-answering":
        return {f"{end}_positions": torch.tensor([target[end] for target in targets]) for end in ("start", "end")}
    return {"labels": torch.tensor([[float(label in named) for label in range(len(labels))] for named in targets])}


def add_head(model, kind, labels):
    id2label = dict(enumerate(labels))
    if kind == "token-classification":
        model.add_tagging_head(NAME, num_labels=len(labels), id2label=id2label)
    elif kind == "question-answering":
        model.add_qa_head(NAME)
    else:
        model.add_classification_head(NAME, num_labels=len(labels), multilabel=True, id2label=id2label)


def logits_of(output):
    return torch.stack([output.start_logits, output.end_logits], -1) if hasattr(output, "start_logits") else output.logits


def main():
    parser = argparse.ArgumentParser()
    for name in ("rows", "model", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--float64", action="store_true")
    parser.add_argument("--steps", type=int)
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    data = json.load(open(given.rows))
    kind, labels, settings = data["kind"], data["labels"], data["settings"]
    batches = data["batches"][str(given.seed)]
    model = BertAdapterModel.from_pretrained(given.model, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model.add_adapter(NAME, config=SeqBnConfig(reduction_factor=16))
    add_head(model, kind, labels)
    model.train_adapter(NAME)
    model.active_head = NAME
    os.makedirs(given.out, exist_ok=True)
    model.save_adapter(f"{given.out}/adapter", NAME, with_head=False, use_safetensors=True)
    model.save_head(f"{given.out}/head", NAME, use_safetensors=True)
    if given.float64:
        model.double()
    trained = {k: p for k, p in model.named_parameters() if k.startswith(f"heads.{NAME}.") or f".adapters.{NAME}." in k}
    for key, parameter in model.named_parameters():
        parameter.requires_grad = key in trained
    optimiser = torch.optim.AdamW(trained.values(), lr=settings["learningRate"], weight_decay=settings["weightDecay"])
    schedule = get_linear_schedule_with_warmup(optimiser, 0, len(batches))
    losses, begun = [], time.time()
    model.train()
    for batch in batches[: given.steps]:
        rows = [data["train"][row] for row in batch]
        optimiser.zero_grad()
        loss = model(**inputs_of(rows), **targets_of(kind, labels, rows)).loss
        losses.append(loss.item())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained.values(), settings["clip"])
        optimiser.step()
        schedule.step()
    seconds = time.time() - begun
    model.eval()
    logits = []
    with torch.inference_mode():
        for start in range(0, len(data["validation"]), 32):
            rows = data["validation"][start : start + 32]
            for row, values in zip(rows, logits_of(model(**inputs_of(rows)))):
                own = values[: len(row["ids"])] if values.dim() == 2 else values
                logits.append([float(f"{value:.8g}") for value in own.flatten().tolist()])
    versions = {"adapters": adapters.__version__, "torch": torch.__version__, "transformers": transformers.__version__}
    json.dump({"losses": losses, "logits": logits, "versions": versions, "seconds": seconds}, open(f"{given.out}/reference.json", "w"))


main()
