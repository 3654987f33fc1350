# What a person types:
#
#   sudo make demo     install what is missing, build, show a live timeline
#   sudo make check    install what is missing, build, run every test
#   make               build/mtviz and build/workloads/*
#   make install       to $(DESTDIR)$(prefix); uninstall takes it away again
#   make bench         what tracing costs, beside perf and others (root)
#   make check-unit    the tests that need no root; check-NAME runs one folder
#   make deps          install the build's Debian packages (root)
#   make clean
#
# Knobs: V=1 shows commands, SAN=address,undefined, DEBUG=1, CC=clang,
# BUILD=dir builds elsewhere, FILTER=name runs only tests that match.

V ?= 0
BUILD ?= build
prefix ?= /usr/local
CC ?= gcc
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool /usr/bin/bpftool) bpftool)
PKG_CONFIG ?= pkg-config

ifeq ($(V),1)
  Q :=
  say = @:
else
  Q := @
  say = @printf '  %-7s %s\n'
  MAKEFLAGS += --no-print-directory
endif

.DELETE_ON_ERROR:
.SUFFIXES:

VERSION := 0.1.0
ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')

PACKAGES := libbpf libdw libelf zlib ncursesw libprotobuf-c jansson
TEST_PACKAGES := cmocka vterm

OPT := $(if $(DEBUG),-Og -g3,-O2 -g)
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
CPPFLAGS_ALL := -I. -I$(BUILD) -D_GNU_SOURCE -DMTVIZ_VERSION='"$(VERSION)"' $(CPPFLAGS)
CFLAGS_ALL := -std=c17 $(OPT) -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-pthread $(SANFLAGS) $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null) $(CFLAGS)
LDFLAGS_ALL := -pthread $(SANFLAGS) $(LDFLAGS)
LDLIBS_ALL := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null) $(LDLIBS)
TEST_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(TEST_PACKAGES) 2>/dev/null)
TEST_LIBS := $(shell $(PKG_CONFIG) --libs $(TEST_PACKAGES) 2>/dev/null) -lutil

# Every folder of the pipeline is a library; later ones may use earlier ones.
LIBDIRS := trace model capture export ui
cli_SRC := $(wildcard cli/*.c)
BIN := $(BUILD)/mtviz
WORKLOADS := $(patsubst workloads/%.c,$(BUILD)/workloads/%,$(wildcard workloads/*.c))

all: $(BIN) $(WORKLOADS)

# ---- the kernel side: .bpf.c -> .bpf.o -> .skel.h ----
$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c | need-clang
	$(say) BPF $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) -g -O2 -target bpf -mcpu=v3 -D__bpf__ -D__TARGET_ARCH_$(ARCH) \
		-I. -Ibpf -MMD -MP -Wall -Wextra -Wno-unused-parameter \
		-idirafter /usr/include/$(shell uname -m)-linux-gnu -c $< -o $@

$(BUILD)/bpf/%.skel.h: $(BUILD)/bpf/%.bpf.o | need-bpftool
	$(say) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

# ---- recordings: perfetto.proto -> protobuf-c ----
$(BUILD)/trace/%.pb-c.c $(BUILD)/trace/%.pb-c.h &: trace/%.proto | need-protoc-c
	$(say) PROTO $@
	@mkdir -p $(@D)
	$(Q)protoc-c --proto_path=trace --c_out=$(BUILD)/trace $<

GENERATED := $(BUILD)/bpf/mtviz.skel.h $(patsubst trace/%.proto,$(BUILD)/trace/%.pb-c.h,$(wildcard trace/*.proto))
PB_OBJ := $(patsubst trace/%.proto,$(BUILD)/trace/%.pb-c.o,$(wildcard trace/*.proto))
$(PB_OBJ): $(BUILD)/%.o: $(BUILD)/%.c
	$(say) CC $@
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c $< -o $@

# ---- objects, libraries, binary ----
$(BUILD)/%.o: %.c
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(if $(filter tests/%,$<),$(TEST_CFLAGS)) -MMD -MP -c $< -o $@

define library
$(1)_SRC := $$(wildcard $(1)/*.c)
$(1)_OBJ := $$(patsubst %.c,$$(BUILD)/%.o,$$($(1)_SRC)) $$(if $$(filter trace,$(1)),$$(PB_OBJ))
$$(BUILD)/lib$(1).a: $$($(1)_OBJ)
	$$(say) AR $$@
	$$(Q)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach d,$(LIBDIRS),$(eval $(call library,$(d))))

# What must be generated before its users can be compiled the first time.
$(patsubst %.c,$(BUILD)/%.o,$(wildcard capture/*.c)): | $(BUILD)/bpf/mtviz.skel.h
$(patsubst %.c,$(BUILD)/%.o,$(wildcard trace/*.c tests/trace/*.c)): | $(filter %.pb-c.h,$(GENERATED))

cli_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(cli_SRC))
$(BUILD)/libcli.a: $(filter-out %/main.o,$(cli_OBJ))
	$(say) AR $@
	$(Q)rm -f $@ && ar rcs $@ $^
$(BIN): $(BUILD)/cli/main.o $(BUILD)/libcli.a $(foreach d,ui export capture model trace,$(BUILD)/lib$(d).a)
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL)

# A workload is one plain C file, built as a student would build it.
$(BUILD)/workloads/%: workloads/%.c $(wildcard workloads/*.h)
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Wshadow -pthread -o $@ $< -lm

# ---- tests: tests/DIR/test_*.c links with the libraries up to DIR ----
LIBS_trace := trace
LIBS_model := model trace
LIBS_capture := capture model trace
LIBS_export := export model trace
LIBS_ui := ui export model trace
LIBS_cli := cli ui export capture model trace
TESTDIRS := trace model capture export ui cli
test_bins = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/$(1)/test_*.c))
helper_objs = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(wildcard tests/$(1)/test_*.c),$(wildcard tests/$(1)/*.c)))

define testdir
$(call test_bins,$(1)): $$(BUILD)/tests/%: $$(BUILD)/tests/%.o $(call helper_objs,$(1)) \
		$$(foreach d,$$(LIBS_$(1)),$$(BUILD)/lib$$(d).a)
	$$(say) LD $$@
	$$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(LDLIBS_ALL) $$(TEST_LIBS)
check-$(1): $(call test_bins,$(1))
	$$(Q)tests/run $(if $(FILTER),--filter '$(FILTER)') $$^
endef
$(foreach d,$(TESTDIRS),$(eval $(call testdir,$(d))))

# What the tests of capture/ start: built as a user builds, never sanitized.
CAPTURE_PROGRAMS := $(addprefix $(BUILD)/tests/capture/programs/,actor holder holder-nopie \
	holder-stripped holder.debug libheld.so)
PROGRAM_CC = $(CC) -std=gnu17 -D_GNU_SOURCE -O2 -g -Wall -Wextra
$(call test_bins,capture): | $(CAPTURE_PROGRAMS)
$(BUILD)/tests/capture/programs/actor: tests/capture/programs/actor.c
	@mkdir -p $(@D)
	$(Q)$(PROGRAM_CC) -o $@ $<
$(BUILD)/tests/capture/programs/libheld.so: tests/capture/programs/held.c
	@mkdir -p $(@D)
	$(Q)$(PROGRAM_CC) -shared -fPIC -Wl,-soname,libheld.so -o $@ $<
$(BUILD)/tests/capture/programs/holder $(BUILD)/tests/capture/programs/holder-nopie: \
		tests/capture/programs/holder.c $(BUILD)/tests/capture/programs/libheld.so
	$(Q)$(PROGRAM_CC) $(if $(filter %-nopie,$@),-fno-pie -no-pie,-fPIE -pie) \
		-Wl,-rpath,'$$ORIGIN' -Wl,--build-id -o $@ $^
$(BUILD)/tests/capture/programs/holder-stripped: $(BUILD)/tests/capture/programs/holder
	$(Q)strip -o $@ $<
$(BUILD)/tests/capture/programs/holder.debug: $(BUILD)/tests/capture/programs/holder
	$(Q)objcopy --only-keep-debug $< $@

check-unit: $(foreach d,$(TESTDIRS),$(call test_bins,$(d)))
	$(Q)tests/run $^

# The bundled programs alone: options, numbers, exit status. No root needed.
check-workloads: $(WORKLOADS)
	$(Q)BUILD=$(BUILD) tests/run $(wildcard tests/workloads/*.sh)

# Real kernel, real workloads: tests/kernel/*.sh say "skip: reason" without root.
check-kernel: all $(BUILD)/tests/kernel/parked
	$(Q)BUILD=$(BUILD) tests/run $(wildcard tests/kernel/*.sh)
$(BUILD)/tests/kernel/%: tests/kernel/%.c
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O2 -g -Wall -Wextra -pthread -o $@ $<
# Parts of the bench that measure a library; the others are plain programs.
$(BUILD)/tests/bench/trace: $(BUILD)/libtrace.a
$(BUILD)/tests/bench/model: $(BUILD)/libmodel.a $(BUILD)/libtrace.a
$(addprefix $(BUILD)/tests/bench/,trace model): $(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL)
$(BUILD)/tests/bench/%: tests/bench/%.c
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O2 -g -Wall -Wextra -pthread -o $@ $<

golden-update: $(foreach d,$(TESTDIRS),$(call test_bins,$(d)))
	$(Q)MTVIZ_GOLDEN_UPDATE=1 tests/run $^

bench: all $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
	$(Q)BUILD=$(BUILD) tests/bench/run $(FILTER)

# ---- the two commands: install what is missing, then as the invoking user ----
check: deps
	$(Q)$(AS_USER) $(MAKE) all test-programs
	$(Q)$(AS_USER) $(MAKE) BUILD=$(BUILD)/san SAN=address,undefined all test-programs
	$(Q)tests/all $(BUILD)

test-programs: $(foreach d,$(TESTDIRS),$(call test_bins,$(d))) $(BUILD)/tests/kernel/parked

demo: deps
	$(Q)$(AS_USER) $(MAKE) all
	$(Q)tests/demo $(BUILD)

# Under sudo build/ stays the invoking user's.
AS_USER := $(if $(and $(filter 0,$(shell id -u)),$(SUDO_USER),$(filter-out root,$(SUDO_USER))),sudo -u '$(SUDO_USER)' --)

deps:
	$(Q)./.ci/deps

# A missing tool says what to install.
need-clang need-bpftool need-protoc-c:
	@tool='$(@:need-%=%)'; test "$$tool" = bpftool && tool='$(BPFTOOL)'; test "$$tool" = clang && tool='$(CLANG)'; \
	command -v "$$tool" >/dev/null || { echo "make: $$tool is not installed; run: sudo make deps" >&2; exit 1; }

install: all
	install -d $(DESTDIR)$(prefix)/bin $(DESTDIR)$(prefix)/lib/mtviz/workloads $(DESTDIR)$(prefix)/share/man/man1
	install -m 755 $(BIN) $(DESTDIR)$(prefix)/bin/mtviz
	install -m 755 $(WORKLOADS) $(DESTDIR)$(prefix)/lib/mtviz/workloads/
	install -m 644 docs/mtviz.1 $(DESTDIR)$(prefix)/share/man/man1/mtviz.1

uninstall:
	rm -f $(DESTDIR)$(prefix)/bin/mtviz $(DESTDIR)$(prefix)/share/man/man1/mtviz.1
	rm -rf $(DESTDIR)$(prefix)/lib/mtviz

clean:
	rm -rf $(BUILD)

.PHONY: all check check-unit check-kernel check-workloads golden-update bench demo deps install uninstall clean \
	test-programs $(addprefix check-,$(TESTDIRS))
.SECONDARY:

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
