"""The reference's side of a comparison: `python step.py WORK`, where WORK is JSON with case, shape, adapters, batch, length.

Makes the model ready, says so, and then does one step for every line `step` that it reads: a forward pass in evaluation, or
forward, loss, backward and AdamW's update in training, each on token ids that it has not seen. Any other line ends it.
Weights are random.
"""
import json
import sys
import time

import adapters
import torch
import transformers
from protocol import serve

work = json.loads(sys.argv[1])
mode, kind = work["case"].split("/")
shape = work["config"]
torch.manual_seed(0)
transformers.logging.set_verbosity_error()

model = adapters.BertAdapterModel(transformers.BertConfig(**shape))
model.add_classification_head("target", num_labels=2)
names = [f"task{index}" for index in range(work["adapters"])]
for name in names:
    model.add_adapter(name, config="seq_bn")
if kind == "adapter":
    model.train_adapter(names[0])
elif kind == "fusion":
    fusion = adapters.composition.Fuse(*names)
    model.add_adapter_fusion(fusion)
    model.train_adapter_fusion(fusion)
elif kind != "full":
    for parameter in model.bert.parameters():
        parameter.requires_grad = False
model.active_head = "target"


def tokens():
    ids = torch.randint(5, shape["vocab_size"], (work["batch"], work["length"]))
    return ids, torch.ones_like(ids)


if mode == "infer":
    model.eval()

    def run(ids, mask):
        with torch.inference_mode():
            model(ids, attention_mask=mask).logits.numpy()
else:
    model.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=1e-4)

    def run(ids, mask):
        labels = torch.randint(0, 2, (len(ids),))
        loss = model(ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        loss.item()


def step():
    batch = tokens()
    begun = time.perf_counter()
    run(*batch)
    return time.perf_counter() - begun


versions = {"adapters": adapters.__version__, "torch": torch.__version__, "threads": torch.get_num_threads()}
serve(versions, step)
