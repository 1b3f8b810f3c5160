"""A set-up that the reference saved, on its encoder."""
import adapters
import torch
import transformers

transformers.logging.set_verbosity_error()


def load(work):
    """The model with its adapters, fusion and head active, and its tokenizer, ready to predict."""
    model = adapters.AutoAdapterModel.from_pretrained(work["model"])
    model.load_adapter_setup(work["setup"], set_active=True, use_safetensors=True)
    return model.eval(), transformers.AutoTokenizer.from_pretrained(work["model"])


def predict(model, tokenizer, work):
    """The index of the label of a piece of work's pair."""
    pair = work["pair"]
    rows = tokenizer(pair["text"], pair["pair"], truncation=True, max_length=work["longest"], return_tensors="pt")
    with torch.inference_mode():
        return int(model(**rows).logits.argmax(-1)[0])


def versions():
    return {"adapters": adapters.__version__, "torch": torch.__version__, "threads": torch.get_num_threads()}
