"""Makes the tiny RoBERTa of this folder, with what the reference computes from it.

Run in this folder with torch, transformers and sentence-transformers installed:
python make.py. It writes the model in the layout of sentence-transformers (mean pooling, a dense
layer, normalisation), expected.json with texts and ids, and expected.safetensors with hidden states
and vectors.
"""

import json
import shutil
import string
from pathlib import Path

import sentence_transformers
import torch
import transformers
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

FOLDER = Path(__file__).parent
TEXTS = [
    "a watercolor fox in a misty forest",
    "",
    "The quick brown fox, it's 2 o'clock!",
    "  two  spaces \n and a line",
    "na\u00efve caf\u00e9 \u2014 \u65e5\u672c \U0001f98a",
    "<mask> and <pad> inside <s> text",
    "word " * 40,
]


def tokenizer() -> transformers.PreTrainedTokenizerFast:
    """A byte-level vocabulary: RoBERTa's special tokens, 256 bytes, and a few merges."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("\u0120", "a"), ("\u0120", "t"), ("o", "r"), ("e", "r"), ("i", "n"), ("\u0120", "f"),
              ("\u0120f", "o"), ("h", "e"), ("\u0120t", "he"), ("or", "d"), ("\u0120", "w"),
              ("\u0120w", "ord")]
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *alphabet, *("".join(m) for m in merges), "<mask>"]
    core = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    return transformers.RobertaTokenizerFast(
        tokenizer_object=core, bos_token="<s>", eos_token="</s>", sep_token="</s>",
        cls_token="<s>", unk_token="<unk>", pad_token="<pad>", mask_token="<mask>",
        model_max_length=32)


def main() -> None:
    torch.manual_seed(7)
    words = tokenizer()
    config = transformers.RobertaConfig(
        vocab_size=len(words), hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=34, type_vocab_size=1, pad_token_id=1,
        bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5)
    model = transformers.RobertaModel(config, add_pooling_layer=False).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    base = FOLDER / "base"
    model.save_pretrained(base)
    words.save_pretrained(base)

    transformer = modules.Transformer(str(base), max_seq_length=32)
    pooling = modules.Pooling(32, pooling_mode="weightedmean")
    dense = modules.Dense(32, 24, activation_function=torch.nn.Tanh())
    torch.nn.init.normal_(dense.linear.weight, std=0.4)
    sentence = SentenceTransformer(
        modules=[transformer, pooling, dense, modules.Normalize()], device="cpu")
    sentence.save(str(FOLDER), create_model_card=False)
    shutil.rmtree(base)

    rows, expected = [], {}
    for index, text in enumerate(TEXTS):
        batch = words([text], return_tensors="pt", truncation=True, max_length=32)
        rows.append({"text": text, "ids": batch["input_ids"][0].tolist()})
        with torch.inference_mode():
            hidden = model(**batch).last_hidden_state[0]
        expected[f"{index}.last_hidden_state"] = hidden.contiguous()
        expected[f"{index}.embedding"] = torch.from_numpy(sentence.encode(text))
    versions = (
        f"transformers {transformers.__version__}, sentence-transformers "
        f"{sentence_transformers.__version__}, torch {torch.__version__}, CPU float32")
    document = {"reference": versions, "rows": rows}
    (FOLDER / "expected.json").write_text(json.dumps(document, indent=1) + "\n")
    save_file(expected, FOLDER / "expected.safetensors")


if __name__ == "__main__":
    main()
