#!/usr/bin/env python3
"""Makes byte-pairs/ and word-pieces/: small tokenizers, nasty texts, and the reference's ids of them.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install tokenizers==0.23.3 transformers==5.23.0
    /tmp/venv/bin/python make_fixtures.py

A folder holds tokenizer.json and expected.json. A variant of a tokenizer is its tokenizer.json with some
strings replaced, so that a test can make it in the same way. byte-pair-files/ has the same vocabulary
as vocab.json and merges.txt, with the ids that transformers gives.
"""
import json
import pathlib
import random

import tokenizers
import transformers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent
TEXT = """
A red fox runs over the frozen lake while the low sun paints long shadows on the snow. It's cold, isn't it?
We've seen 12 foxes in 2023 and 7 in 2024; they'll be back, I'm sure, and you're welcome to join us.
The painter's studio smelled of oil and turpentine. "Don't touch the canvas," she said, "it hasn't dried."
def area(width, height): return width * height  # in square metres
Der Fuchs läuft über den zugefrorenen See. Où est le café près de la gare ? ¿Dónde está el niño?
Лиса бежит по снегу. Η αλεπού τρέχει στο χιόνι. 狐狸在雪地里奔跑。 きつねが雪の中を走る。 여우가 눈 위를 달린다.
watercolor, oil painting, cinematic light, 35mm photo, (masterpiece:1.2), best quality, 1girl, solo
"""

STRINGS = [
    "", " ", "  ", "   ", "\t", "\n", "\r\n", "\n\n  x", "a", " a", "  a", "a ", "a  ", "a   b", " \t a", "a \n b",
    "fox", " fox", "red fox", "RED Fox", "the the  the", "It's", "IT'S", "it's's", "we've they'll I'm you're he'd",
    "don't 't 's 're", "'", "''s", "!'s", "' s", " 's", "\u2019s", "x'll'y", "'lx 'vx 'rx", "'r", "'v", "'l", "12", "1234567",
    "a1b2", " 12", "12 34", "\u0661\u0662 \u00bd\u00b2 \u2167 \u4e94", "3.14", "1,000", "...", " ...", "?!?!", "a.b,c", "((a:1.2), [b])",
    "<lora:a:0.8>", "a_b-c/d\\e", "#$%&*@^`~|+=", "\u00a0a\u00a0", "a\u2003b\u3000c", "a\u2028b\u2029c\u0085d\u000be\u000cf",
    "a\u200bb\u200dc\ufeffd", "a\u00adb", "nul\x00x", "\x07\x1b[0m\x7f", "\ufffd", "\ue000", "caf\u00e9", "cafe\u0301", "\u212bngstr\u00f6m",
    "\u0130stanbul \u0131", "Stra\u00dfe \u1e9e", "\ufb01 \ufb03", "\u01c4 \u01c5", "\u03a3\u0391\u03a3 \u03c3\u03b1\u03c2", "e\u0327\u0301x", "\u0344", "z\u0338a\u0337",
    "a\u0f73\u0301", "\u0f75\u0f81\u0323e\u0f81\u0301", "e" + "\u0301\u0323" * 30, "o\u0308" + "\u0345\u0334\u0304" * 14 + "\u0f73\u0304",
    "\u041b\u0438\u0441\u0430 \u0439", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u0928\u092e\u0938\u094d\u0924\u0947", "\u0645\u064e\u0631\u062d\u0628\u064b\u0627", "\u05e9\u05c1\u05dc\u05d5\u05dd",
    "\u72d0\u72f8 in the snow", "\u4e2d\u6587English\u6df7123", "\u3400\U00020000\U0002b825\U0002b925\uf900", "\u3053\u3093\u306b\u3061\u306f \u30ab\u30fc", "\u304b\u3099", "\uc5ec\uc6b0", "\u1112\u1161\u11ab",
    "\U0001f98a", "a\U0001f98ab", "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f", "\U0001f1ef\U0001f1f5", "1\ufe0f\u20e3", "\u0378 \U000e0001", "\U0010ffff",
    "<s>", "</s>", "a</s>b", "<s> a </s>", "<mask>", "a <mask> b", "a   <mask>   b", "a<mask>b", " <mask>", "\t\n<mask><mask> x",
    "<MASK> <S>", "<pad><unk>", "<<s>>", "<s", "mask>", "word", "a word here", "sword", "wordy", "word!", "_word", "word1", "\u00e9word word\u0301", "wordword word",
    "<Loud>", "<loud>", "a <LOUD> b", "<lo\u00fcd>", "end<trim>  \t next", "end <trim>", "<trim> <trim>x", "<ab><abc><abcd>", "<abcd", "<ab<abc>", "<abc<ab>",
    "[CLS] [SEP] [MASK] [PAD] [UNK]", "[mask]", "x[MASK]y", "[ MASK ]", "[[MASK]]", "a" * 60, "ab" * 40, "!" * 70, "\u00e9" * 50, "e\u0301" * 50, "\u0301" * 9, "-" * 33,
    "a " * 30, " a" * 30, "x" * 100, "x" * 101, "\u4e2d" * 20, "foxfoxfoxfox", "unbelievablyfrozen", "SELECT * FROM foxes;", "f(x)=x^2\n\treturn x", "https://a.b/c?d=e&f#g",
]
RANGES = [(0x20, 0x7E), (0x20, 0x7E), (0xA0, 0x17F), (0x300, 0x36F), (0x370, 0x4FF), (0x2000, 0x206F), (0x3040, 0x30FF),
          (0x4E00, 0x4FFF), (0xAC00, 0xAD00), (0x1F300, 0x1F5FF), (0x0, 0x1F)]


def random_strings(count):
    source = random.Random(20)
    def one():
        text = "".join(chr(source.randint(*source.choice(RANGES))) for _ in range(source.randint(1, 14)))
        return text[:5] + source.choice(["", " ", "  ", "'s", "<mask>", "word", "[MASK]", "<trim>"]) + text[5:]
    return [one() for _ in range(count)]


def added(content, **flags):
    return AddedToken(content, **{"normalized": False, "special": True, **flags})


EXTRA = [
    AddedToken("word", single_word=True, normalized=False, special=False),
    AddedToken("<Loud>", normalized=True, special=False),
    AddedToken("<trim>", rstrip=True, lstrip=True, normalized=False, special=False),
    AddedToken("<ab>", normalized=False, special=False), AddedToken("<abc>", normalized=False, special=False),
    AddedToken("<ab<abc>", normalized=False, special=False),
]


def byte_pairs():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(
        TEXT.splitlines(),
        trainers.BpeTrainer(vocab_size=600, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                            special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], show_progress=False))
    tokenizer.add_special_tokens([added(t) for t in ["<s>", "<pad>", "</s>", "<unk>"]] + [added("<mask>", lstrip=True)])
    tokenizer.add_tokens(EXTRA)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def word_pieces():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(
        (TEXT + TEXT.lower() + "\n".join(STRINGS)).splitlines(),
        trainers.WordPieceTrainer(vocab_size=700, special_tokens=special, show_progress=False))
    # Training forgets the name of the unknown token.
    document = json.loads(tokenizer.to_str())
    document["model"]["unk_token"] = "[UNK]"
    tokenizer = Tokenizer.from_str(json.dumps(document))
    tokenizer.add_tokens(EXTRA)
    ids = {t: tokenizer.token_to_id(t) for t in special}
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])])
    return tokenizer


PREFIX = ['"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false', '"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true']
NORMAL = ['"normalizer":null', '"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"}]}']
DECOMPOSED = ['"normalizer":null', '"normalizer":{"type":"NFD"}']
SPACES = ['"normalizer":null', '"normalizer":{"type":"Replace","pattern":{"Regex":"\\\\s+"},"content":" "}']
BERT = '"clean_text":true,"handle_chinese_chars":true,"strip_accents":false,"lowercase":false'


def bert(clean, chinese, accents, lower):
    return [BERT, f'"clean_text":{clean},"handle_chinese_chars":{chinese},"strip_accents":{accents},"lowercase":{lower}']


VARIANTS = {
    "byte-pairs": {"as it is": [], "leading space": [PREFIX], "composed, lower case": [NORMAL], "decomposed": [DECOMPOSED],
                   "single spaces": [SPACES]},
    "word-pieces": {
        "cased": [], "uncased": [bert("true", "true", "null", "true")], "lower case with accents": [bert("true", "true", "false", "true")],
        "cased without accents": [bert("true", "true", "true", "false")], "ideographs together": [bert("true", "false", "null", "true")],
        "not cleaned": [bert("false", "true", "null", "true")],
    },
}


def write(folder, name, content):
    (HERE / folder).mkdir(exist_ok=True)
    (HERE / folder / name).write_text(content, encoding="utf-8", newline="\n")


def compact(value):
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def write_expected(folder, reference, texts, variants):
    rows = ",\n".join(compact(text) for text in texts)
    ids = ",\n".join(
        compact({"name": name, "replacements": replacements, "framed": framed, "ids": ids})
        for name, replacements, framed, ids in variants)
    write(folder, "expected.json", f'{{"reference":{compact(reference)},"texts":[\n{rows}\n],"variants":[\n{ids}\n]}}\n')


def main():
    texts = STRINGS + random_strings(60)
    reference = f"tokenizers {tokenizers.__version__}"
    for folder, tokenizer in [("byte-pairs", byte_pairs()), ("word-pieces", word_pieces())]:
        document = compact(json.loads(tokenizer.to_str()))
        write(folder, "tokenizer.json", document + "\n")
        variants = []
        for name, replacements in VARIANTS[folder].items():
            variant = document
            for old, new in replacements:
                assert variant.count(old) == 1, (old, variant.count(old))
                variant = variant.replace(old, new)
            loaded = Tokenizer.from_str(variant)
            ids = [loaded.encode(text, add_special_tokens=False).ids for text in texts]
            variants.append((name, replacements, loaded.encode("").ids, ids))
        write_expected(folder, reference, texts, variants)
    write_files(json.loads((HERE / "byte-pairs" / "tokenizer.json").read_text()), texts)


def write_files(document, texts):
    """The byte pairs as RobertaTokenizer reads them, without the tokens that were added."""
    folder = "byte-pair-files"
    write(folder, "vocab.json", compact(document["model"]["vocab"]))
    write(folder, "merges.txt", "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in document["model"]["merges"]))
    mask = {"__type": "AddedToken", "content": "<mask>", "lstrip": True, "normalized": False, "special": True}
    write(folder, "tokenizer_config.json", compact(
        {"tokenizer_class": "RobertaTokenizer", "model_max_length": 512, "mask_token": mask, "add_prefix_space": True}))
    loaded = transformers.RobertaTokenizer.from_pretrained(HERE / folder)
    ids = [loaded(text, add_special_tokens=False).input_ids for text in texts]
    write_expected(folder, f"transformers {transformers.__version__}", texts, [("files", [], loaded("").input_ids, ids)])


if __name__ == "__main__":
    main()
