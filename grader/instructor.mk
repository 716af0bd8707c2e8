# The instructor's targets: a part of the Makefile, which a student's tree (`make student`) is without.

student: ## write the student's tree to DIR=… (REFERENCE="1 2" keeps those labs solved)
	@grader/student $(if $(DIR),'$(DIR)') $(foreach lab,$(REFERENCE),--reference $(lab))

gradescope: ## the zip for Gradescope's autograder, build/gradescope.zip (LAB=n for one lab)
	@grader/gradescope $(BUILD)/gradescope.zip $(if $(filter command% environment%,$(origin LAB)),--lab $(LAB))

test: ## everything that CI runs
	@grader/test-all

# One file at a time and only what changed: an object is as old as the newest header that it read.
TIDIED := $(sort $(filter %.cpp,$(BENCH_SOURCES)) $(foreach lab,$(LABS),$(filter-out %.asm $(wildcard */*/tests/*.cpp),$(call stage_given,$(lab))) $(call layer_sources,$(lab))))
tidy: $(TIDIED:%=$(BUILD)/tidy/%.ok) ## clang-tidy over the kernel and the layers (.clang-tidy)
	@echo "$(words $(TIDIED)) passed, 0 failed"
$(BUILD)/tidy/%.ok: % $(BUILD)/%.o .clang-tidy
	@mkdir -p $(@D)
	$(call quiet,TIDY,$<)clang-tidy-$(CLANG) --quiet $< -- $(CXXFLAGS) 2> $@.log || { cat $@.log; exit 1; }
	@touch $@

coverage: ## lines and branches of the reference's layers that the host's tests and the kernel's reach
	@grader/coverage

mutants: ## the kill table: every known student mistake (or those of LAB=n), and the tests that catch it; MADE=1: those that a machine makes
	@grader/mutants $(if $(filter 1,$(MADE)),--made) $(if $(filter command% environment%,$(origin LAB)),--lab $(LAB))

traced: ## stages 2 to 4, every event recorded and held against the diagram (TRACED="-O0 -O1 -O2 -O3")
	@grader/traced $(TRACED)

bare: ## the README's commands on a Debian made from nothing: SUITE=bookworm, trixie or testing; as root
	@grader/bare '$(SUITE)' $(or $(PART),all)

bench: ## what the kernel costs in guest instructions, against its peers and its limits (BENCH=--help)
	@grader/bench $(BENCH)

boot-matrix: ## boot the kernel in machines of every kind, in QEMU and Bochs (MATRIX=--short for those of `make test`)
	@grader/boot-matrix $(MATRIX)

# Slow, and not in `make test`.
class-test: ## a class of sixty, interrupted, killed, resumed, and graded once more from cold
	@$(PYTHON) grader/tests/classroom/sixty.py

class-exports: ## a class of 200 as Moodle, Canvas, Gradescope and GitHub hand it out, interrupted and graded again (slow)
	@$(PYTHON) grader/tests/classroom/exports.py

damages: ## 10,000 damaged archives, each taken or refused in a sentence (slow)
	@$(PYTHON) grader/tests/handin/damages.py

transcripts: ## run the commands that the handouts show, and compare what they print
	@grader/transcripts

checkpoints: ## grade what is written at each checkpoint of the handouts, and compare (CHECKPOINTS="--lab 2")
	@grader/checkpoints $(CHECKPOINTS)

format: ## clang-format and black over the tree
	clang-format-$(CLANG) -i $$(git ls-files '*.cpp' '*.hpp')
	black -q grader
