#!/usr/bin/env python3
"""Writes the C++ source that holds the files of the plugin template.

usage: embed_template.py OUT.cpp TEMPLATE_DIR FILE...
"""

import os
import sys


def main():
    out, root, names = sys.argv[1], sys.argv[2], sorted(sys.argv[3:])
    lines = ['#include "tools/plugin_check/project_template.hpp"', "",
             "namespace souk::plugin_check {", "namespace {", "",
             "constexpr TemplateFile kFiles[] = {"]
    for name in names:
        with open(os.path.join(root, name), encoding="utf-8") as source:
            text = source.read()
        if ')souk"' in text:
            sys.exit(f"{name} holds the end of a raw string")
        lines.append(f'    {{"{name}", R"souk({text})souk"}},')
    lines += ["};", "", "}  // namespace", "",
              "std::span<const TemplateFile> project_template() noexcept { return kFiles; }", "",
              "}  // namespace souk::plugin_check", ""]
    with open(out, "w", encoding="utf-8") as target:
        target.write("\n".join(lines))


if __name__ == "__main__":
    main()
