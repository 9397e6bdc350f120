# The front door. `make help` lists the targets; only `make deps` needs root, and the others call it only where a package
# is missing.
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
ORRERY_DATA ?= $(abspath ../shared/data)
JOBS ?= $(shell nproc)

PACKAGES := g++ cmake ninja-build libfmt-dev libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libexpected-dev \
            librandom123-dev zlib1g-dev liblzma-dev libsqlite3-dev libyaml-cpp-dev pkg-config coinor-libclp-dev \
            coinor-libcbc-dev
# Pages are opened in a real browser; a Node.js from elsewhere serves as well as Debian's.
BROWSER_PACKAGES := chromium $(if $(shell command -v node 2>/dev/null),,nodejs) $(if $(shell command -v npm 2>/dev/null),,npm)
TEST_PACKAGES := $(PACKAGES) doctest-dev libbenchmark-dev libsimgrid-dev $(BROWSER_PACKAGES)
LINT_PACKAGES := clang clang-format clang-tidy
FUZZ_PACKAGES := clang libclang-rt-14-dev

# Installs what is missing of the given packages, and asks for nothing where nothing is.
need = @missing="$$(tools/missing-packages $(1))"; \
       if [ -n "$$missing" ]; then $(MAKE) --no-print-directory deps PACKAGES_WANTED="$$missing"; fi
PACKAGES_WANTED ?= $(TEST_PACKAGES) $(LINT_PACKAGES) $(FUZZ_PACKAGES)
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

DEMO := plan --model data/reference/configs/llama-3.1-405b/config.json --cluster h100-sxm:16384

.PHONY: help deps build demo test transcripts bench lint docs fit fit-collectives accuracy asan tsan fuzz referee install clean

help:  ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps:  ## Install the Debian packages that are missing (the only step that needs root)
	@missing="$$(tools/missing-packages $(PACKAGES_WANTED))"; \
	if [ -z "$$missing" ]; then echo "nothing is missing"; exit 0; fi; \
	echo "installing $$missing"; \
	$(SUDO) apt-get update -q && \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing

build:  ## Build the program: build/orrery
	$(call need,$(PACKAGES))
	@mkdir -p build
	@cmake --preset release -DORRERY_TESTS=OFF -DORRERY_BENCHMARKS=OFF >build/configure.log 2>&1 || \
	  { cat build/configure.log; exit 1; }
	@cmake --build build --target orrery

demo: build  ## Answer a real question: the best layouts of Llama-3.1-405B on 16,384 H100s
	build/orrery $(DEMO)

test:  ## Build and run every test
	$(call need,$(TEST_PACKAGES))
	@cmake --preset release -DORRERY_TESTS=ON -DORRERY_BENCHMARKS=OFF
	@cmake --build build
	@ctest --test-dir build --output-on-failure -j $(JOBS)

transcripts: build  ## Write the expected output of the transcript tests again, to be reviewed as a diff
	@cmake --preset release -DORRERY_TESTS=ON
	@cmake --build build --target test_transcripts
	ORRERY_REGENERATE=1 build/tests/test_transcripts

bench:  ## Build and run the benchmarks (FILTER=regex for some)
	$(call need,$(TEST_PACKAGES))
	@cmake --preset release -DORRERY_BENCHMARKS=ON
	@cmake --build build --target orrery_bench
	build/bench/orrery_bench --benchmark_filter='$(or $(FILTER),.)'

lint:  ## Formatting, include order and clang-tidy (what did not change is not checked again)
	$(call need,$(TEST_PACKAGES) $(LINT_PACKAGES))
	@tools/check-includes
	@tools/check-format
	@tools/tidy

docs: build  ## Write the generated pages again
	$(call need,$(TEST_PACKAGES))
	@build/orrery schema --markdown > build/reference.md
	@mv build/reference.md docs/reference.md
	@cmake --preset release -DORRERY_TESTS=ON >/dev/null
	@cmake --build build --target orrery_docs
	@build/tests/orrery_docs
	@echo "docs/reference.md docs/conventions.md"

fit:  ## Fit our constants again on the open measured rows (ORRERY_DATA=folder)
	$(call need,$(TEST_PACKAGES))
	@cmake --preset release -DORRERY_TESTS=ON
	@cmake --build build --target orrery_fit
	@ORRERY_DATA="$(ORRERY_DATA)" build/tests/orrery_fit

fit-collectives:  ## Fit the constants of collectives again and print them (ORRERY_DATA=folder)
	$(call need,$(TEST_PACKAGES))
	@cmake --preset release -DORRERY_TESTS=ON
	@cmake --build build --target orrery_fit_collectives
	@ORRERY_DATA="$(ORRERY_DATA)" build/tests/orrery_fit_collectives

accuracy:  ## Write the tables of docs/accuracy.md again (ORRERY_DATA=folder)
	$(call need,$(TEST_PACKAGES))
	@cmake --preset release -DORRERY_TESTS=ON
	@cmake --build build --target orrery_accuracy
	@ORRERY_DATA="$(ORRERY_DATA)" build/tests/orrery_accuracy

asan:  ## Every test under AddressSanitizer and UndefinedBehaviorSanitizer
	$(call need,$(TEST_PACKAGES))
	@cmake --preset asan
	@cmake --build --preset asan
	@ctest --preset asan -j $(JOBS)

tsan:  ## Every test under ThreadSanitizer
	$(call need,$(TEST_PACKAGES))
	@cmake --preset tsan
	@cmake --build --preset tsan
	@ctest --preset tsan -j $(JOBS)

fuzz:  ## Fuzz every reader of outside text, FUZZ_SECONDS each (NAME=target for one)
	$(call need,$(TEST_PACKAGES) $(FUZZ_PACKAGES))
	@tools/fuzz $(FUZZ_SECONDS) $(NAME)

REFEREE_PACKAGES := python3 slurmctld slurmd slurm-client slurmdbd mariadb-server faketime
referee:  ## Run a real Slurm (as root, 20 minutes) and compare its decisions with ours
	$(call need,$(TEST_PACKAGES) $(REFEREE_PACKAGES))
	@cmake --preset release -DORRERY_TESTS=ON
	@cmake --build build --target test_oracle
	@tools/referee/run build/referee
	@ORRERY_REFEREE="$(CURDIR)/build/referee" build/tests/test_oracle -tc='slurm: referee*'

install: build  ## Install the program (PREFIX=/usr/local)
	cmake --install build --prefix $(PREFIX)

clean:  ## Remove everything that was built
	rm -rf build
