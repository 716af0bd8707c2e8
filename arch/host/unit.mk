# The host's unit tests: a part of the Makefile.

HOST_SOURCES := $(sort $(wildcard arch/host/*.cpp))
# The parts of the kernel that run on a host as they are: layers 1 to 4 and what they stand on.
HOST_KERNEL_1 := $(wildcard kernel/lib/format.cpp kernel/lib/orders.cpp kernel/lib/siphash.cpp kernel/lib/symbols.cpp kernel/lib/tests/*.cpp)
# And what reads the firmware's tables.
HOST_KERNEL_1 += $(wildcard arch/x86_64/acpi.cpp arch/x86_64/multiboot2.cpp arch/x86_64/tests/acpi.cpp arch/x86_64/tests/multiboot2.cpp)
HOST_KERNEL_2 := $(wildcard kernel/event/*.cpp kernel/event/tests/*.cpp arch/host/setup/*.cpp)
HOST_KERNEL_3 := $(wildcard kernel/sync/*.cpp kernel/sync/tests/*.cpp)
# Of lab 5 what needs no ring 3: the layer itself and its tests are the kernel's alone.
HOST_KERNEL_5 := $(foreach name,elf pipe descriptor error_number,$(wildcard kernel/process/$(name).cpp)) $(wildcard kernel/process/tests/elf.cpp kernel/process/tests/pipe*.cpp)
HOST_LABS     := 1 2 3 4
host_sources  = $(HOST_SOURCES) $(call stand_ins,$(1)) $(foreach lab,$(call up_to,$(1)),$(HOST_KERNEL_$(lab)) $(if $(filter $(lab),$(HOST_LABS)),$(call layer_sources,$(lab)))) \
                $(if $(filter $(1),$(HOST_LABS)),$(call test_sources,$(1)))

$(BUILD)/host/%.cpp.o: %.cpp Makefile arch/host/unit.mk $(FLAGS)
	@mkdir -p $(@D)
	$(call quiet,HOST,$<)$(CXX) $(HOSTFLAGS) $(WARNINGS) -Wno-unused-parameter $(call COVERED,$<) -MMD -MP -c -o $@ $<

define unit_rules
$(BUILD)/host/unit-$(1): $(call to_objects,$(call host_sources,$(1)),host) $(BUILD)/host/unit-$(1).objects
	$$(call quiet,LINK,$$@)$(CXX) $(HOSTFLAGS) $(if $(filter 1,$(COVERAGE)),-fprofile-instr-generate) -o $$@ $$(filter %.o,$$^)
endef
$(foreach lab,$(LABS),$(eval $(call unit_rules,$(lab))))
