#!/usr/bin/env python3
"""The gates of the ABI, as one test.

  compile  every header as C11, C17 and C++20, by each compiler that is there, with -Wpadded -Werror
  layout   offset and size of every member against abi_layout.txt, the released layout: what stands there
           may not change; structs that may grow may have new members at their end
  lint     every function of the boundary has a thread tag and says who owns what its pointers reach

usage: abi_test.py SDK_INCLUDE_DIR BASELINE [--accept]
--accept writes the present layout as the baseline, for a release that adds to the ABI.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HEADERS = ["abi.h"] + ["ext/" + name for name in
                       ("effect_events.h", "entities.h", "health.h", "jobs.h", "outbox.h", "schema.h", "settings.h",
                        "snapshot.h", "timers.h")]
COMPILERS = [("gcc", "g++"), ("clang", "clang++")]
# Only these may get new members, at their end; everything else is immutable.
GROWING = {"souk_entry", "souk_host", "souk_plugin", "souk_event", "souk_call", "souk_publication"}
TAGS = ("[control]", "[event]", "[call]", "[any-thread]")
OWNERSHIP = re.compile(
    r"borrow|cop(y|ies|ied)|valid|owned|owner|free[sd]?\b|static|released|immutable|keeps?\b|lives?\b"
    r"|the host's|before this returns", re.IGNORECASE)

failures = []


def fail(text):
    failures.append(text)
    print("FAILED: " + text)


def compile_gate(include, source):
    for c_compiler, cpp_compiler in COMPILERS:
        for compiler, language, standard in ((c_compiler, "c", "c11"), (c_compiler, "c", "c17"),
                                             (cpp_compiler, "c++", "c++20")):
            if shutil.which(compiler) is None:
                print(f"skipped: no {compiler}")
                continue
            command = [compiler, "-x", language, f"-std={standard}", "-I", include, "-fsyntax-only", "-Wall",
                       "-Wextra", "-Wpedantic", "-Wpadded", "-Werror", source]
            result = subprocess.run(command, capture_output=True, text=True)
            if result.returncode != 0:
                fail(f"{compiler} -std={standard}:\n{result.stderr}")


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def structs_of(text):
    """(name, member names in order) of every struct."""
    found = []
    for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\n\} \1;", without_comments(text), re.DOTALL):
        members = []
        for declaration in body.split(";"):
            declaration = " ".join(declaration.split())
            if not declaration:
                continue
            pointer = re.search(r"\(\*(\w+)\)\(", declaration)
            members.append(pointer.group(1) if pointer else re.search(r"(\w+)$", declaration).group(1))
        found.append((name, members))
    return found


def present_layout(include):
    structs = []
    for header in HEADERS:
        with open(os.path.join(include, "souk", header), encoding="utf-8") as source:
            structs += structs_of(source.read())
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "layout")
        lines = ["#include <stdio.h>"] + [f"#include <souk/{header}>" for header in HEADERS]
        lines.append("int main(void) {")
        for name, members in structs:
            lines.append(f'  printf("{name} %zu\\n", sizeof({name}));')
            for member in members:
                lines.append(f'  printf("  {name}.{member} %zu %zu\\n", offsetof({name}, {member}), '
                             f"sizeof((({name} *)0)->{member}));")
        lines.append("  return 0;\n}")
        with open(program + ".c", "w", encoding="utf-8") as source:
            source.write("\n".join(lines))
        compiler = "gcc" if shutil.which("gcc") else "clang"
        subprocess.run([compiler, "-std=c11", "-I", include, program + ".c", "-o", program], check=True)
        return subprocess.run([program], check=True, capture_output=True, text=True).stdout


def parse_layout(text):
    """{struct: (size, [(member, offset, size)])}"""
    layout = {}
    for line in text.splitlines():
        words = line.split()
        if line.startswith("  "):
            struct, member = words[0].split(".")
            layout[struct][1].append((member, int(words[1]), int(words[2])))
        elif words:
            layout[words[0]] = (int(words[1]), [])
    return layout


def layout_gate(present, baseline):
    now, released = parse_layout(present), parse_layout(baseline)
    for struct, (size, members) in released.items():
        if struct not in now:
            fail(f"{struct} was released and is gone")
            continue
        size_now, members_now = now[struct]
        if members_now[:len(members)] != members:
            for was, is_now in zip(members, members_now + [("nothing", 0, 0)] * len(members)):
                if was != is_now:
                    fail(f"{struct}.{was[0]}: was at {was[1]} with {was[2]} bytes; there is {is_now[0]} "
                         f"at {is_now[1]} with {is_now[2]} bytes")
                    break
        elif struct not in GROWING and size_now != size:
            fail(f"{struct} is immutable: it was {size} bytes and is {size_now}")
        elif len(members_now) > len(members):
            fail(f"{struct} has new members: raise SOUK_ABI_MINOR and run this script with --accept")
    for struct in now.keys() - released.keys():
        fail(f"{struct} is new: run this script with --accept")


def functions_of(text):
    """(name, declaration, comment above it) of every function and function type of a header."""
    pattern = re.compile(
        r"/\*((?:[^*]|\*(?!/))*)\*/\s*"
        r"((?:typedef |SOUK_EXPORT )?[\w ]+?[ *](?:\(\*(\w+)\)|(\w+))\(([^;{}]*?)\);)", re.DOTALL)
    for match in pattern.finditer(text):
        yield match.group(3) or match.group(4), match.group(2), match.group(1)


def lint_gate(include):
    count = 0
    for header in HEADERS:
        with open(os.path.join(include, "souk", header), encoding="utf-8") as source:
            text = source.read()
        declared = len(re.findall(r"\(\*\w+\)\(", without_comments(text)))
        documented = 0
        for name, declaration, comment in functions_of(text):
            if "(*" in declaration:
                documented += 1
            count += 1
            lines = [line.strip(" *\n") for line in comment.strip().splitlines() if line.strip(" *\n")]
            # souk_write and souk_read say in words that they follow their caller.
            if lines[-1] not in TAGS and name not in ("souk_write", "souk_read"):
                fail(f"{header}: {name}: the last line of its comment is not a thread tag: {lines[-1]}")
            parameters = declaration[declaration.rindex(name):]
            reaches = re.sub(r"(const )?(struct )?souk_(host|plugin|job) \*\w*", "", parameters)
            if ("*" in reaches.replace("(*", "").replace("void *", "") or "souk_bytes" in reaches) and \
                    not OWNERSHIP.search(comment):
                fail(f"{header}: {name}: its comment does not say who owns what its pointers reach")
        if documented != declared:
            fail(f"{header}: {declared - documented} function(s) without a comment of their own")
    if count < 30:
        fail(f"the lint found only {count} functions: it no longer understands the headers")


def main():
    include, baseline_path = sys.argv[1], sys.argv[2]
    present = present_layout(include)
    if "--accept" in sys.argv:
        with open(baseline_path, "w", encoding="utf-8") as target:
            target.write(present)
        return
    compile_gate(include, os.path.join(os.path.dirname(os.path.abspath(__file__)), "every_header.c"))
    with open(baseline_path, encoding="utf-8") as source:
        layout_gate(present, source.read())
    lint_gate(include)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
