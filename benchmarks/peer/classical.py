"""The same classifiers by scikit-learn: `python classical.py CELLS.json`, where classical.ts has written the cells. Prints JSON.

Needs numpy and scikit-learn (1.9.1 in docs/classical.md). Folds, grid and rule are those of our side; TF-IDF is computed here.
"""
import base64
import json
import sys
import warnings

import numpy as np
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import log_loss

warnings.simplefilter("ignore")


def fit(features, held_out, cell, grid):
    labels = np.asarray(cell["labels"])
    classes = np.unique(labels)

    def negative_log_loss(model, x, y):
        return -log_loss(y, model.predict_proba(x), labels=classes)

    folds = [(np.asarray(fold["train"]), np.asarray(fold["test"])) for fold in cell["folds"]]
    model = LogisticRegressionCV(Cs=grid, cv=folds, scoring=negative_log_loss, tol=1e-6, max_iter=2000, use_legacy_attributes=True)
    model.fit(features, labels)
    path = -np.asarray(next(iter(model.scores_.values()))).mean(axis=0)
    accuracy = float((model.predict(held_out) == np.asarray(cell["heldOutLabels"])).mean())
    return {"accuracy": accuracy, "c": float(model.C_[0]), "path": path.tolist()}


def numbers(text, width):
    return np.frombuffer(base64.b64decode(text), dtype="<f4").reshape(-1, width).astype(float)


given = json.load(open(sys.argv[1], encoding="utf8"))
results = []
for cell in given["cells"]:
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    train = vectorizer.fit_transform(cell["texts"])
    words = fit(train, vectorizer.transform(cell["heldOutTexts"]), cell, given["grid"])
    embeddings = fit(numbers(cell["embeddings"], given["width"]), numbers(cell["heldOutEmbeddings"], given["width"]), cell, given["grid"])
    results.append({"tfidf": words, "embedding": embeddings})
json.dump({"version": sklearn.__version__, "results": results}, sys.stdout)
