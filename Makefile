# lorac: build it, try it, test it. `make help` lists the targets.

SWIFT ?= swift

# Tests and examples run this binary.
export LORAC_BINARY ?= $(CURDIR)/.build/release/lorac

.PHONY: help setup build demo test fuzz bench lint clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 16

setup: ## install the C libraries where they are missing
	@scripts/setup.sh

build: setup ## build .build/release/lorac
	$(SWIFT) build -c release --static-swift-stdlib

demo: build ## fuse the example adapters for a prompt
	@examples/shapes/run.sh

# The test library exists only as a shared library, so tests can't be built with the static
# runtime. In one scratch folder the two builds would replace each other's modules every time.
test: build ## run the tests, then check the output with Python's safetensors and zstandard, and Chromium
	@scripts/setup.sh zstd
	$(SWIFT) test -c release --scratch-path .build/tests --disable-xctest
	@scripts/interop.sh
	@scripts/report.sh
	@scripts/pipelines.sh
	@scripts/fuzz.sh 60

fuzz: build ## feed damaged and made-up files to the readers for 10 minutes
	@scripts/fuzz.sh 600 $$(date +%s)

bench: build ## time whole commands on files of real size (needs 17 GB of disk)
	@bench/run.sh

lint: ## check the format of the Swift code
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

clean: ## remove what was built, and the benchmark's data
	rm -rf .build
