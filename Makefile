# The doors of the house. One optimised, testable build serves services and tests: unoptimised audio is ten times slower.

BUILD = .build/release
SWIFT_BUILD = swift build -c release -Xswiftc -enable-testing --explicit-target-dependency-import-check error --build-tests
SWIFT_FILES = Package.swift Services Shared Tests deploy
ONLY ?=
TEST = deploy/test-suite --build $(BUILD) --only '$(ONLY)'

.PHONY: help setup build run stop test test-unit test-simulation test-integration test-e2e chaos race leaks faults fuzz lint bench generate clean
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
	@echo "make race              thread sanitizer over the tests of bus, database, journal and seats, and the quick faults"
	@echo "make leaks             leak sanitizer over publisher, reader and journal; CALLS=<n>, usually 100,000 events"
	@echo "make faults            plants faults in the call core, one at a time, and says which test catches each; ONLY=<name>"
	@echo "make fuzz              damaged SIP and SDP by libFuzzer under the address sanitizer while a call stands;"
	@echo "                       COUNT=<n> inputs, SEED=<n>; what it learns and finds stays in .build/fuzz"
	@echo "make lint              the format of every Swift file"
	@echo "make bench             figures against peers; ONLY=core, calls, setup, memory, bus or journal"
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

# Builds of their own: instrumented code is ten times slower. What any process reports, services too, is a file in a
# folder; if there is one the target fails.
RACE = $(CURDIR)/.build/race
RACE_SUITES = BusTests Postgres TwoJournalsTests SeatTests ChaosTests
race: setup
	@mkdir -p $(RACE) && clang -D_GNU_SOURCE -O1 -c Tests/Chaos/mutex-in-sight.c -o $(RACE)/mutex-in-sight.o
	@swift build --sanitize=thread --build-tests --scratch-path $(RACE) -Xlinker $(RACE)/mutex-in-sight.o
	@rm -rf $(RACE)/reports && mkdir $(RACE)/reports
	@export TSAN_OPTIONS=log_path=$(RACE)/reports/race; failed=0; \
		deploy/test-suite --build $(RACE)/debug --only BusClientTests unit || failed=1; \
		for suite in $(or $(ONLY),$(RACE_SUITES)); do \
			echo "== $$suite"; deploy/test-suite --build $(RACE)/debug --only $$suite integration || failed=1; \
		done; \
		cat $(RACE)/reports/* 2>/dev/null; \
		echo "$$(ls $(RACE)/reports | wc -l) processes with races"; \
		[ $$failed = 0 ] && [ -z "$$(ls $(RACE)/reports)" ]

LEAKS = $(CURDIR)/.build/leaks
leaks: setup
	@swift build --sanitize=address --scratch-path $(LEAKS) --product rufbus-journal
	@swift build --sanitize=address --scratch-path $(LEAKS) --product rufbus-chaos
	@rm -rf $(LEAKS)/reports && mkdir $(LEAKS)/reports
	@export ASAN_OPTIONS=detect_leaks=1:log_path=$(LEAKS)/reports/leaks; \
		export LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/Chaos/leaks.suppressions:print_suppressions=0; \
		$(LEAKS)/debug/rufbus-chaos leaks $(if $(CALLS),--calls $(CALLS)); ended=$$?; \
		cat $(LEAKS)/reports/* 2>/dev/null; exit $$ended

# In a package of its own below .build: a copy of the core, its stories and the simulator.
faults: setup
	@Tests/Faults/run --only '$(ONLY)'

# A build of its own, with libFuzzer's counters. PKG_CONFIG_PATH may name a build of the SIP library that has them, too
# (clang -fsanitize=address,fuzzer-no-link); else of the library only what it does to the heap is watched.
FUZZ_BUILD = .build/fuzz
FUZZ_FLAGS = -runs=$(or $(COUNT),100000) -seed=$(or $(SEED),1) -max_len=4096 -timeout=120 -rss_limit_mb=6000 \
	-detect_leaks=0 -reduce_inputs=0 -entropic=0 -reload=0
fuzz: setup
	@swift build -c release --product rufbus-fuzz --scratch-path $(FUZZ_BUILD) --sanitize=address \
		-Xswiftc -sanitize=fuzzer -Xswiftc -enable-testing -Xswiftc -use-ld=lld -Xcc -fsanitize=fuzzer-no-link
	@mkdir -p $(FUZZ_BUILD)/corpus
	@SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:malloc_context_size=2 FUZZ_SENT=$(FUZZ_BUILD) \
		$(FUZZ_BUILD)/release/rufbus-fuzz $(FUZZ_FLAGS) -artifact_prefix=$(FUZZ_BUILD)/ $(FUZZ_BUILD)/corpus \
		$(wildcard Tests/Fixtures/sip/*/)

lint:
	@swift format lint --strict --parallel --recursive $(SWIFT_FILES)

bench: build
	@$(BUILD)/rufbus-bench $(ONLY)

generate: build
	@$(BUILD)/rufbus-generate

clean:
	rm -rf .build .run
