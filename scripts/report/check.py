"""Renders reports in Chromium: are their parts there, readable, and alone?

Every page is looked at wide and narrow, light, dark and as it is printed. A page that is bad on
purpose shows that the checks find what they look for.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from browser import Browser

ADAPTERS = "examples/shapes/adapters"
BASE = "examples/shapes/base/unet/diffusion_pytorch_model.safetensors"
PROMPTS = ["--prompt", "a red heart in neon glow style, (masterpiece:1.2)"]
PROMPTS += ["--prompt", "a star with stripes at night"]
HOSTILE = "</script><script>document.title='taken'</script><img src=http://127.0.0.1:9/x onerror=1>"

# What every page has, and what those of merges have.
KNOWN = ["h1", "dl.facts", "#weights table.adapters svg.bar", "#prompts table.heat", "#provenance"]
MEASURED = ["#norms table.norms", "#energy svg.chart polyline.all", "#energy table.ranks"]
CASES = {
    "merge": (["merge", ADAPTERS, "-o", "OUT.safetensors", *PROMPTS], KNOWN + MEASURED),
    "rank": (
        ["merge", ADAPTERS, "-o", "OUT.safetensors", "--rank", "8", *PROMPTS], KNOWN + MEASURED,
    ),
    "signed": (
        ["merge", ADAPTERS, "-o", "OUT.safetensors", "--weight", "heart=-0.5", *PROMPTS],
        [*KNOWN, *MEASURED, "#weights rect.below", "td[class^=n]"],
    ),
    "bake": (
        ["merge", ADAPTERS, "--base", BASE, "-o", "OUT.safetensors", *PROMPTS], KNOWN + MEASURED,
    ),
    "plan": (["merge", ADAPTERS, "-o", "OUT.safetensors", "--dry-run", *PROMPTS], KNOWN),
    "weights": (["weights", ADAPTERS, *PROMPTS], [*KNOWN, "section.messages"]),
    "hostile": (["weights", ADAPTERS, "--prompt", HOSTILE, "--prompt", "a heart"], KNOWN),
}  # fmt: skip

BAD = """<!DOCTYPE html><html lang="en"><head><title>bad</title></head>
<body style="background:#fff"><h1 style="color:#aaa">faint</h1>
<div style="width:900px">wide</div><img src="http://127.0.0.1:9/picture.png">
<script>console.error("heard"); undefinedName.x;</script><table><tr><td>1</td></tr></table>
</body></html>"""


class Checker:
    def __init__(self, browser: Browser, keep: Path | None) -> None:
        self.browser, self.keep = browser, keep
        self.passed, self.failures = 0, []

    def expect(self, holds: bool, message: str) -> None:
        if holds:
            self.passed += 1
        else:
            self.failures.append(message)
            print(f"FAILED {message}", file=sys.stderr)

    def measure(self, parts: list[str]) -> dict:
        source = (Path(__file__).parent / "measure.js").read_text()
        return self.browser.evaluate(source.replace("PARTS", json.dumps(parts)))

    def page(self, name: str, path: Path, parts: list[str]) -> None:
        browser = self.browser
        grounds = {}
        browser.look(1280, "light")
        browser.open(path)
        for width, scheme, media in [
            (1280, "light", "screen"), (1280, "dark", "screen"), (400, "light", "screen"),
            (400, "dark", "screen"), (750, "dark", "print"),
        ]:  # fmt: skip
            view = f"{name} {width} {scheme} {media}"
            browser.look(width, scheme, media)
            seen = self.measure(parts)
            for part, count in seen["parts"].items():
                self.expect(count > 0, f"{view}: nothing to be seen of {part}")
            self.expect(
                seen["worst"] >= 4.5 and seen["count"] > 40,
                f"{view}: contrast {seen['worst']:.2f} of {seen['where']}",
            )
            self.expect(
                seen["overflow"] <= 0 or media == "print",
                f"{view}: {seen['overflow']} px wider than the window",
            )
            for index, cells in enumerate(seen["maps"]):
                self.expect(len(cells) > 0, f"{view}: map {index} has no largest cell")
            grounds[scheme, media] = seen["ground"], [set(cells) for cells in seen["maps"]]
            if media == "print":
                self.expect(seen["hidden"] == 0, f"{view}: folded parts are not printed")
            if self.keep:
                (self.keep / f"{view.replace(' ', '-')}.png").write_bytes(browser.picture())
        light, dark, paper = (
            grounds[key] for key in [("light", "screen"), ("dark", "screen"), ("dark", "print")]
        )
        self.expect(light[0] == "rgb(255, 255, 255)", f"{name}: light is {light[0]}")
        self.expect(dark[0] == "rgb(20, 24, 30)", f"{name}: dark is {dark[0]}")
        self.expect(
            all(a != b for a, b in zip(light[1], dark[1])), f"{name}: maps are not darker"
        )
        self.expect(paper == light, f"{name}: paper is not as light, {paper}")
        pdf = browser.pdf()
        self.expect(pdf.startswith(b"%PDF-") and len(pdf) > 10_000, f"{name}: is not printed")
        if self.keep:
            (self.keep / f"{name}.pdf").write_bytes(pdf)
        for role in ("table", "image", "region"):
            names = browser.named(role)
            self.expect(all(names), f"{name}: a {role} without a name: {names}")
        self.expect(len(browser.named("table")) >= 3, f"{name}: tables are not seen as such")
        self.expect(
            browser.requests == [path.resolve().as_uri()], f"{name}: asks for {browser.requests}"
        )
        self.expect(not browser.messages, f"{name}: console: {browser.messages}")
        title = browser.evaluate("document.title")
        self.expect(title.endswith("lorac report"), f"{name}: title {title}")

    def bad(self, folder: Path) -> None:
        """The checks find what is wrong."""
        path = folder / "bad.html"
        path.write_text(BAD)
        self.browser.look(400, "light")
        self.browser.open(path)
        seen = self.measure(["h1", "#weights"])
        self.expect(seen["parts"] == {"h1": 1, "#weights": 0}, "bad page: parts")
        self.expect(2 < seen["worst"] < 3, f"bad page: contrast {seen['worst']}")
        self.expect(seen["overflow"] > 400, "bad page: overflow")
        self.expect(len(self.browser.requests) == 2, f"bad page: {self.browser.requests}")
        self.expect(len(self.browser.messages) >= 2, f"bad page: {self.browser.messages}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lorac", required=True)
    parser.add_argument("--browser", required=True)
    parser.add_argument("--keep", type=Path, help="a folder for pages and pictures")
    arguments = parser.parse_args()
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="lorac-report-"))
    browser = Browser(arguments.browser)
    checker = Checker(browser, arguments.keep)
    try:
        checker.bad(folder)
        for name, (command, parts) in CASES.items():
            page = folder / f"{name}.html"
            command = [part.replace("OUT", str(folder / name)) for part in command]
            subprocess.run(
                [arguments.lorac, *command, "--report", page, "--quiet"], check=True,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
            if arguments.keep:
                shutil.copy(page, arguments.keep)
            checker.page(name, page, parts)
    finally:
        browser.close()
        shutil.rmtree(folder, ignore_errors=True)
    total = checker.passed + len(checker.failures)
    print(f"reports: {checker.passed} of {total} checks of {len(CASES)} pages hold in Chromium")
    return 1 if checker.failures else 0


if __name__ == "__main__":
    sys.exit(main())
