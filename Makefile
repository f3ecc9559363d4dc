# What a person or CI calls. `make help` lists it; script/ holds the longer parts.

PREFIX     ?= /usr
SYSCONFDIR ?= /etc
UNITDIR    ?= /lib/systemd/system
DESTDIR    ?=

RELEASE = .build/release
SWIFT   = swift

.DEFAULT_GOAL := help
.PHONY: help run test build bench sim explore mutate chaos compare-delivery install deb format lint

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## install what is missing, build, start monitord here on its embedded defaults
	@script/bootstrap run
	@script/run

test: ## install what the tests need, build once, run every test
	@script/bootstrap test
	@script/test

build: ## release binaries with a static Swift runtime, in .build/release
	@script/bootstrap run
	$(SWIFT) build -c release --static-swift-stdlib --product monitord
	$(SWIFT) build -c release --static-swift-stdlib --product monitordctl

bench: ## benchmarks on release binaries, as ratios against named baselines
	@script/bootstrap bench
	$(SWIFT) build -c release --static-swift-stdlib --product monitord
	$(SWIFT) build -c release --static-swift-stdlib --product bench
	@$(RELEASE)/bench

sim: ## 10,250 simulated days under every kind of trouble; SEED=n repeats one seed
	@script/bootstrap test
	$(SWIFT) build -c release --static-swift-stdlib --product sim
	@$(RELEASE)/sim $(if $(SEED),--seed $(SEED))

explore: ## every short history of a small world, and a defect that each of four broken variants shows
	@script/bootstrap test
	$(SWIFT) build -c release --static-swift-stdlib --product sim
	@$(RELEASE)/sim explore

mutate: ## small changes to the alert core, one at a time: each should fail a test; SEED= and COUNT= choose which
	@script/bootstrap test
	@script/mutate --seed $(or $(SEED),1) --count $(or $(COUNT),40)

chaos: ## kill monitord 1,000 times among flapping targets and failing receivers, and count who was told; SEED= COUNT= WORLDS=
	@script/bootstrap test
	$(SWIFT) build --product monitord
	$(SWIFT) build --product monitordctl
	@script/chaos --seed $(or $(SEED),0) --kills $(or $(COUNT),1000) --worlds $(or $(WORLDS),4)

compare-delivery: ## monitord, Alertmanager and Monit in the same troubles, and what their receivers got
	@script/bootstrap compare
	$(SWIFT) build -c release --static-swift-stdlib --product monitord
	$(SWIFT) build -c release --static-swift-stdlib --product monitordctl
	@MONITORD_BIN=$(RELEASE) script/compare-delivery

install: ## copy the binaries of `make build`, the unit and the example configuration; DESTDIR= is honoured
	@script/install "$(DESTDIR)" "$(PREFIX)" "$(SYSCONFDIR)" "$(UNITDIR)"

deb: build ## a Debian package of `make build`, in .build
	@script/deb

format: ## lay out every Swift file as .swift-format says
	$(SWIFT) format -i -p -r Sources Tests Package.swift

lint: ## complain where the layout differs
	$(SWIFT) format lint -s -p -r Sources Tests Package.swift
