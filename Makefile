# The doors of the house. One optimised, testable build serves services and tests: unoptimised audio is ten times slower.

BUILD = .build/release
SWIFT_BUILD = swift build -c release -Xswiftc -enable-testing --explicit-target-dependency-import-check error --build-tests
SWIFT_FILES = Package.swift Services Shared Tests deploy
ONLY ?=
TEST = deploy/test-suite --build $(BUILD) --only '$(ONLY)'

.PHONY: help setup build run stop test test-unit test-simulation test-integration test-e2e chaos race lint bench generate clean
.DEFAULT_GOAL := help

help:
	@echo "make run               everything on this machine, with a demo call; stays up until Ctrl-C"
	@echo "                       BIND=<address> opens it to other machines; KEEP=1 keeps logs and data"
	@echo "make stop              ends the run of this clone"
	@echo "make test              all suites; the last line is the sum: N passed, N failed"
	@echo "make test-unit         story tables of the cores, formats, tidiness"
	@echo "make test-simulation   random schedules of the call core; SEED=<n> replays one, COUNT=<n> sets how many"
	@echo "make test-integration  adapters and single services against real servers"
	@echo "make test-e2e          calls with recorded audio through all services, a PBX and phones"
	@echo "                       each suite takes ONLY=<name>: a suite, a file's tests, or one test"
	@echo "make chaos             faults of real servers while events flow; ONLY=bus, ROW=<part of a row's name>, CALLS=<n>"
	@echo "                       SEED=<n> replays its events"
	@echo "make race              thread sanitizer over the bus client's tests and the quick faults"
	@echo "make lint              the format of every Swift file"
	@echo "make bench             figures against peers; ONLY=calls, setup, memory, bus or journal"
	@echo "make generate          writes the files that follow from BusContract"
	@echo "make setup             Debian packages that are missing (run and test do it by themselves)"
	@echo "make build             the one build"
	@echo "make clean             removes the build"

setup:
	@deploy/setup

build: setup
	@$(SWIFT_BUILD)

run: build
	@$(BUILD)/rufbus-local $(if $(BIND),--bind $(BIND))

stop:
	@deploy/stop

test: build
	@$(TEST) all

test-unit test-simulation test-integration test-e2e: test-%: build
	@$(TEST) $*

chaos: build
	@$(BUILD)/rufbus-chaos $(or $(ONLY),bus) $(if $(SEED),--seed $(SEED)) $(if $(ROW),--row $(ROW)) \
		$(if $(CALLS),--calls $(CALLS))

# A build of its own: instrumented code is ten times slower. A race ends its process with status 66, and fails the test.
RACE_BUILD = .build/race/debug
RACE_TEST = TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/Chaos/race.suppressions deploy/test-suite --build $(RACE_BUILD)
race: setup
	@swift build --sanitize=thread --build-tests --scratch-path .build/race
	@$(RACE_TEST) --only BusClientTests unit
	@$(RACE_TEST) --only ChaosTests integration

lint:
	@swift format lint --strict --parallel --recursive $(SWIFT_FILES)

bench: build
	@$(BUILD)/rufbus-bench $(ONLY)

generate: build
	@$(BUILD)/rufbus-generate

clean:
	rm -rf .build .run
