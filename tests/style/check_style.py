#!/usr/bin/env python3
"""The written rules of style that a program can check. usage: check_style.py RULE ROOT

Prints FILE:LINE: sentence for each breach and exits 1 when there is one. Reads only; the standard
library is all it needs.
"""

import os
import re
import sys

CODE = (".cpp", ".hpp", ".cc", ".c", ".h")
TEXT = CODE + (".py", ".sh", ".cmake", ".txt", ".md", ".yaml", ".yml", ".json", ".proto", ".js",
               ".mjs", ".ts", ".html", ".css", ".in", ".sql")
TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "build", "configs",
             "kernel", "plugins", "schemas", "sdk", "tests", "tools"}
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70

# Split, so that this file does not break its own rule.
FORBIDDEN = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
SLEEP = re.compile(r"this_thread::sleep|\b(?:::)?(?:u|nano)?sleep\s*\(")
NOT_A_FUNCTION = re.compile(
    r"^\s*(namespace|class|struct|union|enum|extern|if|else|for|while|switch|do|try|catch|return|"
    r"case|default|concept|requires|\}|\)|//)\b|^\s*[})]")


def files(root, suffixes):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith(".")
                            and f not in ("node_modules", "__pycache__")
                            and not (folder == root and f == "build"))
        for name in sorted(names):
            path = os.path.join(folder, name)
            is_script = "." not in name and os.access(path, os.X_OK)
            if name.endswith(suffixes) or (is_script and suffixes is TEXT):
                yield path


def lines_of(path):
    with open(path, encoding="utf-8", errors="replace") as source:
        return source.read().split("\n")


def words(root):
    for path in files(root, TEXT):
        for number, line in enumerate(lines_of(path), 1):
            found = FORBIDDEN.search(line)
            if found:
                yield path, number, f"'{found.group()}': finish it or leave it out"


def file_length(root):
    for path in files(root, CODE):
        count = len(lines_of(path)) - 1
        if count > MAX_FILE_LINES:
            yield path, count, f"{count} lines, at most {MAX_FILE_LINES}: two ideas share this file"


def signature_start(lines, at):
    """Index of the line on which the declaration that ends on line `at` with ') … {' begins."""
    open_brackets = 0
    while at > 0:
        open_brackets += lines[at].count(")") - lines[at].count("(")
        # A constructor's list of members stands below its parameters.
        if open_brackets <= 0 and not lines[at].lstrip().startswith((":", ",")):
            return at
        at -= 1
    return 0


def indent_of(line):
    return len(line) - len(line.lstrip())


def function_length(root):
    for path in files(root, CODE):
        lines = lines_of(path)
        for at, line in enumerate(lines):
            if not re.search(r"\)[^;{}=]*\{$", line):
                continue
            start = signature_start(lines, at)
            head = lines[start]
            if NOT_A_FUNCTION.match(head):
                continue
            # Formatted code closes a body on the first line that is indented as little as its head.
            end = next((i for i in range(at + 1, len(lines)) if lines[i].strip()
                        and not lines[i].startswith("#") and indent_of(lines[i]) <= indent_of(head)),
                       None)
            if (end is not None and lines[end].lstrip().startswith("}")
                    and end - start + 1 > MAX_FUNCTION_LINES):
                yield path, start + 1, (f"{end - start + 1} lines in one function, at most "
                                        f"{MAX_FUNCTION_LINES}: two steps share it")


def top_level(root):
    for name in sorted(os.listdir(root)):
        if not name.startswith(".") and name not in TOP_LEVEL:
            allowed = ", ".join(sorted(TOP_LEVEL))
            yield os.path.join(root, name), 1, f"not a room; the top level holds only {allowed}"


def sleeps(root):
    for path in files(root, CODE):
        if "tests" not in os.path.relpath(path, root).split(os.sep):
            continue
        for number, line in enumerate(lines_of(path), 1):
            if SLEEP.search(line.split("//")[0]):
                yield path, number, "a test that sleeps: wait on a condition instead"


RULES = {"words": words, "file_length": file_length, "function_length": function_length,
         "top_level": top_level, "sleeps": sleeps}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in RULES:
        sys.exit(f"usage: check_style.py {{{','.join(RULES)}}} ROOT")
    root = os.path.abspath(sys.argv[2])
    breaches = 0
    for path, number, sentence in RULES[sys.argv[1]](root):
        print(f"{os.path.relpath(path, root)}:{number}: {sentence}")
        breaches += 1
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
