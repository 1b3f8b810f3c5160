"""Measures SetFit (https://github.com/huggingface/setfit) on draws of the study, and appends cells as `confirm` does.

usage: setfit_cells.py ENCODER OUT CELLS [--name minilm] [--labels 64] [--draws 5] [--targets mr,imdb,…]

Needs a Python environment of its own: pip install setfit==1.2.0 datasets scikit-learn. OUT is the folder that `prepare` wrote.
Two ways to train are tried, SetFit's documented defaults and 20 iterations: each without a quarter of the training rows, every
class with its share; the one that answers more of that quarter rightly (in macro F1 where that counts) is trained on all rows.
"""

import argparse
import base64
import json
import os
import random
import sys
import tempfile
import time
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
warnings.filterwarnings("ignore")

import numpy as np
import torch
from datasets import Dataset
from setfit import SetFitModel, Trainer, TrainingArguments
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

SINGLE_SENTENCES = "mr,imdb,films,products,subj,cola"


def rows_of(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def counts_by(labels, classes):
    """The metric that counts, as headlineMetric of @adapterfusion/metrics fixes it by the training rows."""
    shares = np.bincount(labels, minlength=classes) / len(labels)
    return "macro-f1" if shares.max() > 0.6 or shares.min() < 0.1 else "accuracy"


def score(metric, predictions, truth):
    if metric == "accuracy":
        return float(np.mean(np.array(predictions) == np.array(truth)))
    return float(f1_score(truth, predictions, average="macro"))


def answers(encoder, names, train, test, seed, iterations):
    """Probabilities of the classes, [rows, classes], that a SetFit model trained on `train` gives to the texts of `test`."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    model = SetFitModel.from_pretrained(encoder)
    model.model_body.max_seq_length = 128
    arguments = TrainingArguments(
        batch_size=16,
        num_epochs=1,
        seed=seed,
        report_to="none",
        show_progress_bar=False,
        save_strategy="no",
        output_dir=tempfile.mkdtemp(),
        **({} if iterations is None else {"num_iterations": iterations}),
    )
    texts, labels = [row["text"] for row in train], [names.index(row["label"]) for row in train]
    Trainer(model=model, args=arguments, train_dataset=Dataset.from_dict({"text": texts, "label": labels})).train()
    return np.asarray(model.predict_proba([row["text"] for row in test]), dtype=np.float64)


def packed(classes):
    """Two classes to a byte, in base64, as tools/study/src/cells.ts packs them."""
    data = bytearray((len(classes) + 1) // 2)
    for row, label in enumerate(classes):
        data[row >> 1] |= label << (4 if row & 1 else 0)
    return base64.b64encode(bytes(data)).decode()


def measure(encoder, folder, draw):
    train, test = (rows_of(os.path.join(folder, f"{split}.jsonl")) for split in ("train", "test"))
    names = sorted({row["label"] for row in train})
    labels = [names.index(row["label"]) for row in train]
    truth = [names.index(row["label"]) for row in test]
    metric = counts_by(labels, len(names))
    part, held = train_test_split(train, test_size=0.25, random_state=draw, stratify=labels)
    held_truth = [names.index(row["label"]) for row in held]
    tried = []
    for iterations in (None, 20):
        held_out = answers(encoder, names, part, held, draw, iterations)
        loss = -np.mean(np.log(np.maximum(held_out[np.arange(len(held)), held_truth], np.finfo(float).eps)))
        tried.append((score(metric, held_out.argmax(1), held_truth), iterations, float(loss)))
    _, iterations, loss = max(tried, key=lambda found: found[0])
    predictions = [int(label) for label in answers(encoder, names, train, test, draw, iterations).argmax(1)]
    return {
        "accuracy": round(score("accuracy", predictions, truth), 5),
        "macroF1": round(score("macro-f1", predictions, truth), 5),
        "metric": metric,
        "logLoss": round(loss, 4),
        "note": "documented defaults" if iterations is None else f"{iterations} iterations",
        "answers": packed(predictions),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder")
    parser.add_argument("out")
    parser.add_argument("cells")
    parser.add_argument("--name", default="minilm", help="how the cells call the encoder")
    parser.add_argument("--labels", type=int, default=64)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--targets", default=SINGLE_SENTENCES)
    given = parser.parse_args()
    measured = rows_of(given.cells) if os.path.exists(given.cells) else []
    known = {tuple(cell[key] for key in ("encoder", "target", "labels", "draw", "arm")) for cell in measured}
    for draw in range(given.draws):
        for target in given.targets.split(","):
            cell = {"encoder": given.name, "target": target, "labels": given.labels, "draw": draw, "arm": "setfit"}
            if tuple(cell.values()) in known:
                continue
            begun = time.time()
            folder = os.path.join(given.out, "rows", "targets", target, f"{given.labels}-{draw}")
            found = measure(given.encoder, folder, draw)
            line = {**cell, **found, "seconds": round(time.time() - begun, 2)}
            with open(given.cells, "a", encoding="utf-8") as cells:
                cells.write(json.dumps(line) + "\n")
            said = f"{100 * found['accuracy']:.1f} %, {found['note']}, {line['seconds']:.0f} s"
            print(f"{target}, draw {draw}: {said}", file=sys.stderr)


if __name__ == "__main__":
    main()
