# Pollux. `make help` lists the targets; the README explains them. Everything that is built lies below build/.

# A word of the environment changes no build: these are given on make's command line only.
$(foreach name,BUILD OUT HANDIN HANDIN_LABS ORDERS OPTIMISE TRACE COVERAGE FUZZ GRADE,$(if $(filter environment%,$(origin $(name))),$(eval override undefine $(name))))

LAB   ?= $(lastword $(LABS))
BUILD ?= build
# Layer sources of HANDIN_LABS come from HANDIN/labs/N-name/ and are built into OUT; everything else is given.
HANDIN      ?= .
HANDIN_LABS ?=
OUT         ?= $(BUILD)
# Words for the kernel's command line (kernel/lib/orders.hpp), as in ORDERS="test=heap.allocates".
ORDERS   ?=
OPTIMISE ?= -O2
# TRACE=1 records what happens to every event (kernel/event/trace.hpp) and has each test held against it.
TRACE    ?= 0
# COVERAGE=1 counts what is run of the layers' own sources (grader/pollux/upkeep/coverage.py).
COVERAGE ?= 0
V        ?= 0

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := help

# ---- Tools ----------------------------------------------------------------------------------------------------------

# Release 19, or the first later one where 19 is not to be had (grader/setup and the grader choose by the same rule).
on_path = $(firstword $(wildcard $(addsuffix /$(1),$(subst :, ,$(PATH)))))
CLANG   := $(firstword $(foreach release,19 20 21 22 23 24 25,$(if $(call on_path,clang++-$(release)),$(release))) 19)
CXX     := clang++-$(CLANG)
NASM    := nasm
LD      := ld.lld-$(CLANG)
NM      := llvm-nm-$(CLANG)
FILT    := llvm-cxxfilt-$(CLANG)
OBJCOPY := llvm-objcopy-$(CLANG)
PYTHON  := /usr/bin/python3

NEEDED  := $(CXX) $(LD) $(NM) $(FILT) $(OBJCOPY) $(NASM) grub-mkimage xorriso qemu-system-x86_64
MISSING := $(strip $(foreach tool,$(NEEDED),$(if $(call on_path,$(tool)),,$(tool))))
ifneq ($(MISSING),)
ifneq ($(filter-out help clean,$(or $(MAKECMDGOALS),help)),)
$(error Not found: $(MISSING). Pollux is built by clang 19 or later and nothing else (g++ 12 miscompiles coroutines); `grader/setup` installs what is missing)
endif
endif

quiet = $(if $(filter 1,$(V)),,@printf '  %-5s %s\n' '$(1)' '$(2)';)

# ---- What a stage is made of ----------------------------------------------------------------------------------------
# Stage N links arch + kernel + labs/1..N. A part of the kernel that stands on a layer comes with the layer's stage.

LABS        := $(sort $(foreach folder,$(wildcard labs/*-*/),$(firstword $(subst -, ,$(notdir $(patsubst %/,%,$(folder)))))))
lab_dir      = $(patsubst %/,%,$(wildcard labs/$(1)-*/))
up_to        = $(foreach lab,$(LABS),$(if $(filter 1,$(shell test $(lab) -le $(1) && echo 1)),$(lab)))

KERNEL_1 := lib mm test
KERNEL_2 := event
KERNEL_3 := sync
KERNEL_5 := process
# What several stages begin with and live for (kernel/stage/).
SHARED_1 := lives_for_tests
SHARED_2 := lives_for_tests with_events
SHARED_3 := lives_for_tests with_events
SHARED_4 := lives_for_tests with_events
SHARED_5 := with_events
# Given stand-ins for what a later lab brings.
STAND_INS_2 := busy_waker no_spawner
STAND_INS_3 := no_spawner

ARCH_SOURCES := $(sort $(wildcard arch/x86_64/*.asm arch/x86_64/*.cpp arch/x86_64/tests/*.cpp))
# A part's sources, and its own tests, which every stage that has the part carries.
part_sources  = $(sort $(wildcard kernel/$(1)/*.cpp) $(wildcard kernel/$(1)/tests/*.cpp))

# The kernel keeps nothing in vector registers, so its stack needs no more than a word's alignment. Those of the x87 are
# ring 3's as well: what computes with float or double does not link (kernel.ld says why). A frame of more than a page
# touches each page on its way, lest it jump over the guard below the stack.
CXXFLAGS := -std=c++23 $(OPTIMISE) -g -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-omit-frame-pointer \
            -fno-asynchronous-unwind-tables -fno-stack-protector -fno-pie -ffunction-sections -fdata-sections -mno-red-zone -mcmodel=kernel \
            -stdlib=libc++ -fcoro-aligned-allocation -mno-mmx -mno-sse -mno-sse2 -Xclang -msoft-float -fstack-clash-protection \
            -mstack-alignment=8 -ffile-compilation-dir=. -ffile-reproducible -include kernel/lib/posix_names.hpp -I. \
            $(if $(filter 1,$(TRACE)),-DPOLLUX_TRACE)
WARNINGS := -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wold-style-cast \
            -Werror=return-type -Werror=unused-result -Werror=dangling
HOSTFLAGS := -std=c++23 -fcoro-aligned-allocation -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -include kernel/lib/posix_names.hpp -I.

COVERED   = $(if $(filter 1,$(COVERAGE)),$(if $(filter labs/%.cpp,$(1)),$(if $(findstring /tests/,$(1)),,-fprofile-instr-generate -fcoverage-mapping -mllvm -enable-name-compression=false)))

# An object is made again when the flags are not those that it was made with.
FLAGS := $(BUILD)/flags
ifneq ($(filter-out help clean,$(or $(MAKECMDGOALS),help)),)
FLAGS_NOW := $(CXX) $(CXXFLAGS) $(WARNINGS) / $(HOSTFLAGS)
ifneq ($(if $(wildcard $(FLAGS)),$(file <$(FLAGS))),$(FLAGS_NOW))
$(shell mkdir -p $(BUILD))$(file >$(FLAGS),$(FLAGS_NOW))
endif
endif

to_objects = $(patsubst %,$(BUILD)/$(if $(2),$(2)/)%.o,$(1))

# The objects of lab $(1)'s layer: given ones, or built from what was handed in.
layer_sources = $(if $(filter $(1),$(HANDIN_LABS)),$(patsubst $(HANDIN)/%,%,$(sort $(wildcard $(HANDIN)/$(call lab_dir,$(1))/*.cpp))),$(sort $(wildcard $(call lab_dir,$(1))/*.cpp)))
layer_objects = $(patsubst %,$(if $(filter $(1),$(HANDIN_LABS)),$(OUT)/handin,$(BUILD))/%.o,$(call layer_sources,$(1)))
test_sources  = $(sort $(wildcard $(call lab_dir,$(1))/tests/*.cpp))

stand_ins     = $(patsubst %,kernel/stage/%.cpp,$(STAND_INS_$(1)))
stage_given   = $(ARCH_SOURCES) kernel/main.cpp $(sort $(wildcard kernel/stage/$(1)-*.cpp)) $(SHARED_$(1):%=kernel/stage/%.cpp) $(call stand_ins,$(1)) \
                $(foreach lab,$(call up_to,$(1)),$(foreach part,$(KERNEL_$(lab)),$(call part_sources,$(part))) $(call test_sources,$(lab)))
stage_objects = $(call to_objects,$(call stage_given,$(1))) $(foreach lab,$(call up_to,$(1)),$(call layer_objects,$(lab)))

# ---- Compiling ------------------------------------------------------------------------------------------------------

$(BUILD)/%.asm.o: %.asm Makefile $(FLAGS)
	@mkdir -p $(@D)
	$(call quiet,NASM,$<)$(NASM) -f elf64 -g -F dwarf -w+all -MD $@.d -o $@ $<

# Lab 2 promises a flat stack at every level of optimisation: one that is flat only because the compiler made jumps of
# calls is not.
layer_flags = $(if $(filter labs/2-%,$(1)),-fno-optimize-sibling-calls)

# Our own code carries no warning; a student's may, and sees them.
$(BUILD)/%.cpp.o: %.cpp Makefile $(FLAGS)
	@mkdir -p $(@D)
	$(call quiet,CXX,$<)$(CXX) $(CXXFLAGS) $(WARNINGS) $(if $(filter labs/%,$<),$(call layer_flags,$<) -Wno-unused-parameter,-Werror) $(call COVERED,$<) -MMD -MP -c -o $@ $<

# The compiler lists all that it opens, also of a source that it does not take.
HANDIN_FLAGS = -ffile-prefix-map=$(HANDIN)/=
$(OUT)/handin/%.cpp.o: $(HANDIN)/%.cpp Makefile $(FLAGS)
	@mkdir -p $(@D); rm -f $@.opened
	$(call quiet,CXX,$<)CC_PRINT_HEADERS=1 CC_PRINT_HEADERS_FILE=$@.opened $(CXX) $(CXXFLAGS) $(WARNINGS) $(call layer_flags,$(@:$(OUT)/handin/%.o=%)) -Wno-unused-parameter $(HANDIN_FLAGS) -MD -MP -c -o $@ $<

# ---- Linking --------------------------------------------------------------------------------------------------------
# The kernel prints its own backtraces from the symbol table that GRUB loads with it, so the image keeps that table, with
# plain names (heap::allocate, no parameters, no spaces; the two halves of a coroutine, .resume and .destroy), and sheds the
# debug information.

# A traced stage whose events block has each call of wake seen: kernel/event/trace_wake.cpp.
seen_calls = $(if $(filter 1,$(TRACE)),$(if $(filter-out 1 2,$(1)),--wrap=_ZN5event4wakeERNS_5EventE))
# What an image is made of is a file too, so that one is linked again when a source was removed.
define list_objects
@mkdir -p $(@D); printf '%s\n' $(1) | cmp -s - $@ || printf '%s\n' $(1) > $@
endef
$(BUILD)/bench.objects: FORCE
	$(call list_objects,$(call to_objects,$(BENCH_SOURCES)))

define stage_rules
$(OUT)/stage-$(1).objects: FORCE
	$$(call list_objects,$$(call stage_objects,$(1)))
$(BUILD)/host/unit-$(1).objects: FORCE
	$$(call list_objects,$$(call to_objects,$$(call host_sources,$(1)),host))
$(OUT)/stage-$(1).elf: $(call stage_objects,$(1)) arch/x86_64/kernel.ld $(OUT)/stage-$(1).objects
	@mkdir -p $$(@D)
	$$(call quiet,LD,$$@)$(LD) -T arch/x86_64/kernel.ld $$(SHUFFLED) -z max-page-size=4096 -z noexecstack --gc-sections $(call seen_calls,$(1)) -o $$@ $$(filter %.o,$$^)
endef
$(foreach lab,$(LABS),$(eval $(call stage_rules,$(lab))))

# The last stage with the benchmarks in it.
BENCH_SOURCES := $(sort $(wildcard kernel/bench/*.cpp arch/x86_64/bench/*.asm))
$(BUILD)/bench.elf: $(call to_objects,$(BENCH_SOURCES)) $(call stage_objects,$(lastword $(LABS))) arch/x86_64/kernel.ld $(BUILD)/bench.objects $(OUT)/stage-$(lastword $(LABS)).objects
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(LD) -T arch/x86_64/kernel.ld -z max-page-size=4096 -z noexecstack --gc-sections -o $@ $(filter %.o,$^)

# A stage with something to watch. Stage 5 has its shell.
DEMOS := 1 2 3 4
demo_sources = kernel/demo/screen.cpp $(wildcard kernel/demo/$(1)-*.cpp)
define demo_rules
$(OUT)/demo-$(1).elf: $(call to_objects,$(call demo_sources,$(1))) $(call stage_objects,$(1)) arch/x86_64/kernel.ld
	@mkdir -p $$(@D)
	$$(call quiet,LD,$$@)$(LD) -T arch/x86_64/kernel.ld -z max-page-size=4096 -z noexecstack --gc-sections -o $$@ $$(filter %.o,$$^)
endef
$(foreach lab,$(DEMOS),$(eval $(call demo_rules,$(lab))))

%.stripped.elf: %.elf
	$(call quiet,STRIP,$@)$(NM) --format=just-symbols $< | sort -u > $*.names && $(FILT) --no-params < $*.names | \
	  sed 's/ /_/g' | paste -d' ' $*.names - | awk '{ part = match($$1, /\.(resume|destroy|cleanup)$$/) ? substr($$1, RSTART) : "" } \
	  $$1 != $$2 { print $$1, $$2 part }' > $*.renames && \
	$(OBJCOPY) --strip-debug --redefine-syms=$*.renames $< $@

include labs/5-process/user/programs.mk
include labs/audit.mk
# Where a hand-in is built there is no grader/; a student's tree has no instructor.mk.
TOOLS := $(wildcard grader/debug.mk grader/instructor.mk)
include $(TOOLS)

# ---- Images ---------------------------------------------------------------------------------------------------------

GRUB_MODULES := biosdisk iso9660 multiboot2 configfile test regexp
$(BUILD)/grub/core.img: Makefile
	@mkdir -p $(@D)
	$(call quiet,GRUB,$@)printf 'source (cd)/boot/grub/grub.cfg\n' > $(@D)/embedded.cfg && \
	grub-mkimage -O i386-pc-eltorito -p /boot/grub -c $(@D)/embedded.cfg -o $@ $(GRUB_MODULES)

# ORDERS are part of the image: a new wording makes a new one. There is room for others, which `grade` writes for Bochs.
%.iso: %.stripped.elf $(BUILD)/grub/core.img grub.cfg FORCE
	@printf '%-1022s \n' 'orders="$(ORDERS)"' > $*.orders.new; cmp -s $*.orders.new $*.orders || mv $*.orders.new $*.orders; rm -f $*.orders.new
	@if [ -n "$(filter-out FORCE,$?)" ] || [ $*.orders -nt $@ ] || [ ! -e $@ ]; then \
	  $(if $(filter 1,$(V)),set -x,printf '  %-5s %s\n' ISO '$@'); rm -rf $@.d && mkdir -p $@.d/boot/grub && \
	  cp $< $@.d/boot/pollux.elf && $(if $(filter $(PROGRAMS),$^),mkdir $@.d/boot/programs && cp $(filter $(PROGRAMS),$^) $@.d/boot/programs/ &&) cp grub.cfg $*.orders $(BUILD)/grub/core.img $@.d/boot/grub/ && mv $@.d/boot/grub/$(notdir $*).orders $@.d/boot/grub/orders.cfg && \
	  xorriso -report_about WARNING -as mkisofs -quiet -R -b boot/grub/core.img -no-emul-boot -boot-load-size 4 -boot-info-table -o $@ $@.d 2> $@.log || { cat $@.log; exit 1; }; \
	  rm -f $@.log; rm -rf $@.d; fi
FORCE:

# ---- The host's unit tests ------------------------------------------------------------------------------------------

include arch/host/unit.mk

# ---- Targets --------------------------------------------------------------------------------------------------------

# `make fuzz` is left to run as long as one likes; FUZZ=… are libFuzzer's own flags.
FUZZ ?= -max_total_time=60
fuzz: $(BUILD)/host/fuzz-heap ## libFuzzer on the heap, against a model (FUZZ="-max_total_time=60")
	$< $(FUZZ)
$(BUILD)/host/fuzz-heap: labs/1-heap/tests/fuzz/heap_fuzz.cpp labs/1-heap/heap.cpp kernel/mm/heap.hpp Makefile
	@mkdir -p $(@D)
	$(call quiet,FUZZ,$@)$(CXX) $(HOSTFLAGS) -fsanitize=fuzzer -o $@ $(filter %.cpp,$^)

fuzz-elf: $(BUILD)/host/fuzz-elf ## the same on the reader of ELF files
	$< $(FUZZ)
$(BUILD)/host/fuzz-elf: kernel/process/tests/fuzz/elf_fuzz.cpp kernel/process/elf.cpp kernel/process/elf.hpp kernel/process/tests/elf_file.hpp Makefile
	@mkdir -p $(@D)
	$(call quiet,FUZZ,$@)$(CXX) $(HOSTFLAGS) -fsanitize=fuzzer -o $@ $(filter %.cpp,$^)

fuzz-firmware: $(BUILD)/host/fuzz-firmware ## the same on the readers of ACPI tables and of the boot loader's information
	$< $(FUZZ)
FIRMWARE := arch/x86_64/acpi arch/x86_64/multiboot2
$(BUILD)/host/fuzz-firmware: arch/x86_64/tests/fuzz/firmware_fuzz.cpp $(FIRMWARE:=.cpp) $(FIRMWARE:=.hpp) arch/x86_64/tests/firmware.hpp Makefile
	@mkdir -p $(@D)
	$(call quiet,FUZZ,$@)$(CXX) $(HOSTFLAGS) -fsanitize=fuzzer -o $@ $(filter %.cpp,$^)

# Lives from seeds, under the sanitizers; `make unit` plays the first few. Seed by seed, so POLLUX_SEED=n goes on where one stopped.
FUZZ_SEEDS ?= 20000
fuzz-sync: $(BUILD)/host/unit-4 ## every primitive of sync against a model, FUZZ_SEEDS=20000 lives
	FUZZ_SEEDS=$(FUZZ_SEEDS) POLLUX_LIMIT=0 $< -tc=fuzz.sync

fuzz-timer: $(BUILD)/host/unit-3 ## the timer queue against a model, the same
	FUZZ_SEEDS=$(FUZZ_SEEDS) POLLUX_LIMIT=0 $< -tc=fuzz.timer

# Every target that `make help` lists is a command, not a file.
HELPED := Makefile $(TOOLS)
.PHONY: FORCE graded $(shell sed -n 's/^\([a-z-]*\):.*## .*/\1/p' $(HELPED))

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(HELPED)
	@echo '  Variables: LAB=1..$(lastword $(LABS)), ORDERS="test=… seed=…", OPTIMISE=-O0..-O3, V=1 (whole commands), -j N'

stage: $(OUT)/stage-$(LAB).iso $(OUT)/stage-$(LAB).elf ## build stage LAB: the kernel and its GRUB image

all: $(foreach lab,$(LABS),$(BUILD)/stage-$(lab).elf) ## build every stage

grade: ## build, boot every stage (or LAB=n) in QEMU (or EMULATOR=bochs), print the score
	@grader/grade $(if $(filter command% environment%,$(origin LAB)),--lab $(LAB)) $(if $(EMULATOR),--emulator $(EMULATOR)) $(GRADE)

EMULATED := qemu-system-x86_64 $(shell grep -v '^#' arch/x86_64/qemu.args) -m 128 \
            -device isa-debug-exit,iobase=0xf4,iosize=0x04 -device ib700 -action watchdog=inject-nmi
# Tests measure: where tests run, time is counted in instructions, and memory and limits are the most that the grader gives
# any test. The last stage lives for its shell, in real time.
runs_tests = $(or $(filter-out $(lastword $(LABS)),$(LAB)),$(findstring test=,$(ORDERS)))
COUNTED    = -m 512 -icount shift=5,sleep=off -rtc clock=vm,base=2026-01-01T00:00:00 \
             -fw_cfg name=opt/pollux/orders,string='shift=5 $(if $(findstring limit=,$(ORDERS)),,limit=30)'
run: stage ## boot stage LAB on this terminal (Ctrl-A X leaves QEMU)
	@$(EMULATED) $(if $(runs_tests),$(COUNTED)) -serial mon:stdio -cdrom $(OUT)/stage-$(LAB).iso || test $$? -eq 85

unit: $(if $(filter command% environment%,$(origin LAB)),$(BUILD)/host/unit-$(LAB),$(foreach lab,$(LABS),$(BUILD)/host/unit-$(lab))) ## host tests (doctest, sanitizers) of every layer or LAB=n
	@export ASAN_SYMBOLIZER_PATH=$$(command -v llvm-symbolizer-$(CLANG)); for binary in $^; do echo "$$binary"; $$binary $(UNIT) || exit 1; done

check: ## format, layering, marks, labs, links: what takes seconds
	@grader/check

bench-heap: ## the heap on the host against glibc, jemalloc and mimalloc, counted by valgrind
	@grader/bench-heap
# Without debug information, which valgrind 3.19 cannot read from this compiler.
$(BUILD)/host/heap_bench: labs/1-heap/tests/bench/heap_bench.cpp labs/1-heap/heap.cpp arch/host/panic.cpp kernel/mm/heap.hpp labs/1-heap/tests/trace.hpp Makefile
	@mkdir -p $(@D)
	$(call quiet,BENCH,$@)$(CXX) -std=c++23 -O2 -DDOCTEST_CONFIG_IMPLEMENT -include kernel/lib/posix_names.hpp -I. -o $@ $(filter %.cpp,$^)

soak: ## SEEDS=50 runs of seeded jitter, and of 20,000 random system calls; 10,000 processes
	@grader/soak --count $(or $(SEEDS),50) waker.survives_jitter
	@grader/soak --count $(or $(SEEDS),50) random_calls.harm_nobody_else
	@grader/soak --count $(or $(SEEDS),50) random_calls.leave_nothing_when_memory_fails
	@grader/soak --count 1 soak.ten_thousand_spawns_and_exits

handouts: ## the handouts as a site and as PDFs, in build/handouts (`grader/setup handouts` installs what that needs)
	@grader/handouts

clean: ## remove build/
	rm -rf $(BUILD)

-include $(shell find $(BUILD) $(if $(filter-out $(BUILD),$(OUT)),$(OUT)) -name '*.d' -type f 2>/dev/null)
