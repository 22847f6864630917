#!/usr/bin/env python3
"""Makes one fault each in a copy of the ABI's headers and expects abi_test.py to find it.

usage: abi_faults_test.py SDK_INCLUDE_DIR
"""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

# header, what stands there, what stands there instead, what the test must say
FAULTS = [
    ("abi.h", "  uint32_t method; ", "  uint64_t method; ", "souk_call.method"),
    ("abi.h", "  souk_bytes id;          ", "  souk_bytes extra;\n  souk_bytes id; ", "souk_event.id"),
    ("abi.h", "  uint32_t reserved;  /* 0 */\n  souk_bytes manifest;",
     "  souk_bytes manifest;", "padding"),
    ("ext/timers.h", "} souk_timers_v1;", "  void (*more)(void);\n} souk_timers_v1;", "immutable"),
    ("abi.h", "   * [any-thread]\n   */\n  int64_t (*now_us)", "   */\n  int64_t (*now_us)", "now_us"),
    ("abi.h", "The host copies both texts.", "", "metric"),
    ("ext/snapshot.h", "#include \"souk/abi.h\"", "#include \"souk/abi.h\"\n#include <stdbool.h>\nstruct {", "-std=c11"),
    ("abi.h", "} souk_entry;", "  void *newest;\n} souk_entry;", "SOUK_ABI_MINOR"),
]


def main():
    missed = 0
    for header, before, after, says in FAULTS:
        with tempfile.TemporaryDirectory() as folder:
            include = os.path.join(folder, "include")
            shutil.copytree(sys.argv[1], include)
            path = os.path.join(include, "souk", header)
            with open(path, encoding="utf-8") as source:
                text = source.read()
            if text.count(before) < 1:
                sys.exit(f"{header} no longer holds {before!r}: adapt this test")
            with open(path, "w", encoding="utf-8") as target:
                target.write(text.replace(before, after, 1))
            result = subprocess.run([sys.executable, os.path.join(HERE, "abi_test.py"), include,
                                     os.path.join(HERE, "abi_layout.txt")],
                                    capture_output=True, text=True)
            found = result.stdout + result.stderr
            if result.returncode == 0 or says not in found:
                missed += 1
                print(f"MISSED: {header}: {after!r}; expected {says!r} in:\n{found}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
