# What the grader's audit reads beside the object (grader/pollux/audit/rules.py): the compiler's view of a layer before it
# optimises, which still knows every line, and the names that belong to the kernel and its tests. What is wrong with a
# source is said once, for the object.
AUDITED := -w -Xclang -disable-llvm-passes -S -emit-llvm
$(BUILD)/labs/%.cpp.ll: labs/%.cpp $(BUILD)/labs/%.cpp.o
	$(call quiet,VIEW,$<)$(CXX) $(CXXFLAGS) $(AUDITED) -o $@ $< 2> /dev/null

$(OUT)/handin/%.cpp.ll: $(HANDIN)/%.cpp Makefile $(FLAGS)
	@mkdir -p $(@D)
	$(call quiet,VIEW,$<)$(CXX) $(CXXFLAGS) $(AUDITED) $(HANDIN_FLAGS) -o $@ $< 2> /dev/null

# What the compiler's headers that a layer may include open in turn.
$(BUILD)/labs/headers.hpp.d: labs/headers.hpp Makefile $(FLAGS)
	@mkdir -p $(@D)
	$(call quiet,LIST,$<)$(CXX) $(CXXFLAGS) -M -MF $@ $<

define given_rules
$(BUILD)/stage-$(1).given: $(call to_objects,$(call stage_given,$(1))) $(foreach lab,$(call up_to,$(1)),$(if $(filter-out $(1),$(lab)),$(call layer_objects,$(lab))))
	$$(call quiet,NAMES,$$@)$(NM) --extern-only --format=just-symbols $$^ | sort -u > $$@
endef
$(foreach lab,$(LABS),$(eval $(call given_rules,$(lab))))

# For the grader. Of what is handed in only the layers are looked at: what is given was, when the tree itself was built.
graded: stage $(if $(HANDIN_LABS),$(foreach lab,$(HANDIN_LABS),$(patsubst %.o,%.ll,$(call layer_objects,$(lab)))),$(BUILD)/labs/headers.hpp.d $(BUILD)/stage-$(LAB).given $(patsubst %.o,%.ll,$(call layer_objects,$(LAB))))

# PLACES=number: functions and variables lie in the order that this number makes, so that an address learned from one
# kernel is worth nothing in the next. The grader draws one for each submission.
PLACES   :=
SHUFFLED := $(if $(PLACES),$(foreach kind,.text .rodata .data .bss,'--shuffle-sections=$(kind)*=$(PLACES)'))
