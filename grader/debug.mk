# The debuggers: a part of the Makefile.

# The debugger runs one test (TEST=suite.name), or all of the lab.
bochs: ORDERS := test=$(or $(TEST),lab)

bochs: stage ## the Bochs debugger on stage LAB, stopped where the tests begin (TEST=suite.name; BREAK=symbol; PROGRAM=name; RC=FILE)
	@grader/bochs --lab $(LAB) --out $(OUT) $(if $(TEST),--test $(TEST)) $(if $(BREAK),--begin '$(BREAK)') $(if $(RC),--commands '$(RC)') $(if $(PROGRAM),--program $(BUILD)/programs/$(PROGRAM).elf)

# A build of its own, traced, where each frame knows the line where it waits; TRACE=0 takes the plain one.
GDB_TRACE := $(if $(filter command% environment%,$(origin TRACE)),$(TRACE),1)
GDB_BUILD := $(if $(filter 1,$(GDB_TRACE)),build/trace,$(BUILD))
GDB_STAGE  = $(MAKE) --no-print-directory -s stage LAB=$(LAB) BUILD=$(GDB_BUILD) OUT=$(GDB_BUILD) TRACE=$(GDB_TRACE)
GDB_WORDS  = --lab $(LAB) --out $(GDB_BUILD) $(if $(TEST),--test $(TEST))
gdb: ## gdb on stage LAB in QEMU, stopped where the tests begin (TEST=suite.name for one), with commands: events, heap …
	@$(GDB_STAGE)
	@grader/gdb $(GDB_WORDS) -- $(GDB)

gdb-server: ## the same without gdb, which may come to localhost:PORT; for editors
	@$(GDB_STAGE)
	@grader/gdb $(GDB_WORDS) --server $(or $(PORT),1234)

replay: ## record a run of TEST=suite.name, and open gdb at its end: from there it goes backwards too
	@$(GDB_STAGE)
	@grader/gdb $(GDB_WORDS) --replay -- $(GDB)

# In real time, as the shell. What a starter lacks it says itself, and ends with status 91.
demo: ORDERS := test=demo.$(lastword $(subst -, ,$(notdir $(call lab_dir,$(LAB)))))
demo: $(if $(filter $(LAB),$(DEMOS)),$(OUT)/demo-$(LAB).iso,stage) ## something to watch in each stage: the heap breathes, priorities share, sleepers, a tree, the shell (Ctrl-A X leaves)
	@$(EMULATED) -serial mon:stdio -cdrom $(OUT)/$(if $(filter $(LAB),$(DEMOS)),demo,stage)-$(LAB).iso; status=$$?; case $$status in 85) ;; \
	  91) echo 'There is nothing to watch before that is written: see the handout of its lab.';; *) exit $$status;; esac

timeline: ## draws what happened to every event: a page, a terminal's lines, a file for Perfetto (TEST=suite.name; RUN=1: as make run)
	@$(GDB_STAGE)
	@grader/timeline $(GDB_WORDS) $(if $(RUN),--live)

vscode: ## write .vscode/ for stepping through a test in that editor, in this tree or DIR=…
	@grader/vscode $(or $(DIR),.)
