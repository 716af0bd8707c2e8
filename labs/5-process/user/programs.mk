# The programs of ring 3: a part of the Makefile.
#
# Each source in these folders is a program: /boot/programs/NAME in the image of the stage that can run it. The student's
# trees have them too; nobody hands one in.

PROGRAM_FOLDERS := labs/5-process/user labs/5-process/user/tests labs/5-process/user/bench
PROGRAM_SCRIPT  := labs/5-process/user/program.ld
PROGRAM_SOURCES := $(sort $(foreach folder,$(PROGRAM_FOLDERS),$(wildcard $(folder)/*.cpp $(folder)/*.asm)))
PROGRAMS        := $(foreach source,$(PROGRAM_SOURCES),$(BUILD)/programs/$(basename $(notdir $(source))))
# What the compiler itself calls (memcpy) is the kernel's own, built for ring 3.
RUNTIME_OBJECTS := $(patsubst %,$(BUILD)/user/%.o,$(sort $(wildcard labs/5-process/user/runtime/*.cpp labs/5-process/user/runtime/*.asm)) kernel/lib/memory.cpp)
# Ring 3 may use the vector registers; the kernel keeps them for it.
USERFLAGS := -std=c++23 -stdlib=libc++ -O2 -g -ffreestanding -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-asynchronous-unwind-tables \
             -fno-stack-protector -fno-pie -ffile-compilation-dir=. -I.

$(BUILD)/user/%.cpp.o: %.cpp Makefile labs/5-process/user/programs.mk $(FLAGS)
	@mkdir -p $(@D)
	$(call quiet,CXX,$<)$(CXX) $(USERFLAGS) $(WARNINGS) -Werror -MMD -MP -c -o $@ $<

$(BUILD)/user/%.asm.o: %.asm Makefile labs/5-process/user/programs.mk $(FLAGS)
	@mkdir -p $(@D)
	$(call quiet,NASM,$<)$(NASM) -f elf64 -g -F dwarf -w+all -MD $@.d -o $@ $<

define program_rules
$(BUILD)/programs/$(basename $(notdir $(1))): $(BUILD)/user/$(1).o $(RUNTIME_OBJECTS) $(PROGRAM_SCRIPT)
	@mkdir -p $$(@D)
	$$(call quiet,LD,$$@)$(LD) -T $(PROGRAM_SCRIPT) -z max-page-size=4096 -z noexecstack --gc-sections -o $$@.elf $$(filter %.o,$$^) && \
	$(OBJCOPY) --strip-all $$@.elf $$@
endef
$(foreach source,$(PROGRAM_SOURCES),$(eval $(call program_rules,$(source))))

# Those of the benchmarks are in their image only.
$(OUT)/stage-5.iso: $(filter-out $(BUILD)/programs/bench%,$(PROGRAMS))
$(BUILD)/bench.iso: $(filter $(BUILD)/programs/bench%,$(PROGRAMS))
