"""Each rule against a tree that breaks it, and against one that keeps it."""

import os
import tempfile
import unittest

import check_style


class Tree(unittest.TestCase):
    def breaches(self, rule, tree):
        with tempfile.TemporaryDirectory() as root:
            for name, text in tree.items():
                path = os.path.join(root, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            return [(os.path.relpath(path, root), line)
                    for path, line, _ in check_style.RULES[rule](root)]

    def test_words(self):
        bad = {"kernel/a.cpp": "int a;\n// TO" + "DO later\n", "kernel/b.md": "a HA" + "CK\n"}
        self.assertEqual(self.breaches("words", bad), [("kernel/a.cpp", 2), ("kernel/b.md", 1)])
        good = {"kernel/a.cpp": "// the todo list; mktemp XX" + "XXXX\n", "build/x.cpp": "FIX" + "ME\n"}
        self.assertEqual(self.breaches("words", good), [])

    def test_file_length(self):
        self.assertEqual(self.breaches("file_length", {"a.hpp": "\n" * 501}), [("a.hpp", 501)])
        self.assertEqual(self.breaches("file_length", {"a.hpp": "\n" * 500, "b.md": "\n" * 900}), [])

    def test_function_length(self):
        def body(lines):
            return "  if (x) {\n  }\n" + "  f();\n" * (lines - 2)
        long = "namespace a {\nint f(int a,\n      int b) {\n" + body(68) + "}\n}\n"
        self.assertEqual(self.breaches("function_length", {"a.cpp": long}), [("a.cpp", 2)])
        method = "class A {\n  int f() const {\n" + "    f();\n" * 69 + "  }\n};\n"
        self.assertEqual(self.breaches("function_length", {"a.hpp": method}), [("a.hpp", 2)])
        constructor = "A::A(int a)\n    : a_(a) {\n" + body(68) + "}\n"
        self.assertEqual(self.breaches("function_length", {"a.cpp": constructor}), [("a.cpp", 1)])
        two = "A::A(int a)\n    : a_(a) {\n" + body(40) + "}\nvoid f() {\n" + body(40) + "}\n"
        self.assertEqual(self.breaches("function_length", {"a.cpp": two}), [])
        short = "namespace a {\nint f(int a) {\n" + body(68) + "}\nint g() {\n" + body(68) + "}\n}\n"
        self.assertEqual(self.breaches("function_length", {"a.cpp": short}), [])

    def test_top_level(self):
        self.assertEqual(self.breaches("top_level", {"docs/a.md": "", ".ci/run": "", "kernel/a": ""}),
                         [("docs", 1)])

    def test_sleeps(self):
        bad = {"kernel/log/tests/a.cpp": "std::this_thread::sleep_for(1ms);\nusleep(3);\n",
               "tests/e2e/b.cpp": "  ::sleep(1);\n"}
        self.assertEqual(self.breaches("sleeps", bad), [("kernel/log/tests/a.cpp", 1),
                                                        ("kernel/log/tests/a.cpp", 2),
                                                        ("tests/e2e/b.cpp", 1)])
        good = {"kernel/a.cpp": "usleep(1);\n", "tests/a.cpp": "// no sleep(1) here\nasleep(1);\n"}
        self.assertEqual(self.breaches("sleeps", good), [])


if __name__ == "__main__":
    unittest.main()
