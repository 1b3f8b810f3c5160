"""Writes a plain encoder of random weights with a classification head as ONNX: `python export_onnx.py CONFIG FILE`."""
import json
import os
import sys

import torch
import transformers

config, path = json.loads(sys.argv[1]), sys.argv[2]
torch.manual_seed(0)


class Classifier(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = transformers.BertModel(transformers.BertConfig(**config), add_pooling_layer=False)
        self.head = torch.nn.Linear(config["hidden_size"], 2)

    def forward(self, ids, mask):
        return self.head(self.encoder(ids, attention_mask=mask).last_hidden_state[:, 0])


ids = torch.randint(5, config["vocab_size"], (2, 16))
axes = {0: "batch", 1: "time"}
partial = path + ".partial"
torch.onnx.export(
    Classifier().eval(),
    (ids, torch.ones_like(ids)),
    partial,
    input_names=["ids", "mask"],
    output_names=["logits"],
    dynamic_axes={"ids": axes, "mask": axes},
    opset_version=17,
    dynamo=False,
)
os.replace(partial, path)
