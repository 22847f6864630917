"""souk_lite_descriptors.py on protos that carry every kind of custom option.

usage: lite_descriptors_test.py PROTOC SCRIPT
"""

import os
import subprocess
import sys
import tempfile
import unittest

PROTOC, SCRIPT = sys.argv[1:3]

OPTIONS = """
syntax = "proto3"; package t;
import "google/protobuf/descriptor.proto";
message Rule { string get = 1; Rule nested = 2; }
extend google.protobuf.FileOptions { string of_file = 50001; }
extend google.protobuf.MessageOptions { string of_message = 50001; }
extend google.protobuf.FieldOptions { Rule of_field = 50001; }
extend google.protobuf.OneofOptions { bool of_oneof = 50001; }
extend google.protobuf.EnumOptions { bool of_enum = 50001; }
extend google.protobuf.EnumValueOptions { int32 of_value = 50001; }
extend google.protobuf.ServiceOptions { bool of_service = 50001; }
extend google.protobuf.MethodOptions { Rule of_method = 50001; }
message Scope { extend google.protobuf.FieldOptions { bool scoped = 50002; } int32 kept = 7; }
"""
TYPES = """
syntax = "proto3"; package t;
message Money { int64 minor = 1; }
"""
SHOP = """
syntax = "proto3"; package t;
import "google/protobuf/descriptor.proto";
import "t/options.proto";
import public "t/types.proto";
option (of_file) = "f";
// Which colours there are.
enum Colour { option (of_enum) = true; option allow_alias = true;
  NONE = 0 [(of_value) = 3]; RED = 1 [deprecated = true]; CRIMSON = 1; }
message Product {
  option (of_message) = "m";
  string id = 1 [(of_field) = { get: "x", nested: { get: "y" } }, (Scope.scoped) = true];
  oneof kind { option (of_oneof) = true; int32 size = 2; Colour colour = 3; }
  map<string, Money> prices = 4;
  repeated sint64 steps = 5 [packed = false];
  message Inner { bytes raw = 9 [(of_field).get = "z"]; }
  Inner inner = 6;
}
service Shop {
  option (of_service) = true;
  rpc Get(Product) returns (Product) { option (of_method) = { get: "/p" }; }
}
"""
NAMES = ["t/options.proto", "t/types.proto", "t/shop.proto"]


class LiteDescriptors(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = self.folder.name
        os.mkdir(self.path("t"))
        os.mkdir(self.path("out"))
        for name, text in zip(NAMES, (OPTIONS, TYPES, SHOP)):
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(text)

    def tearDown(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.root, name)

    def protoc(self, *arguments):
        return subprocess.run([PROTOC, *arguments], check=True, capture_output=True, cwd=self.root)

    def strip(self, source="full.desc"):
        return subprocess.run([sys.executable, "-B", SCRIPT, self.path(source), self.path("lite.desc")],
                              capture_output=True, check=False)

    def compile_full(self):
        self.protoc("-I.", "--include_imports", "--include_source_info",
                    "--descriptor_set_out=full.desc", *NAMES)

    def test_refuses_what_is_no_descriptor_set(self):
        with open(self.path("full.desc"), "wb") as file:
            file.write(b"\x0f\xff\xff not a descriptor set")
        self.assertNotEqual(self.strip().returncode, 0)
        self.assertFalse(os.path.exists(self.path("lite.desc")))

    def test_lite_code_needs_no_full_runtime(self):
        self.compile_full()
        self.assertEqual(self.strip().returncode, 0)
        self.protoc("--descriptor_set_in=lite.desc", "--cpp_out=lite:out", *NAMES)
        for name in NAMES:
            with open(self.path("out/" + name.replace(".proto", ".pb.h")), encoding="utf-8") as file:
                header = file.read()
            self.assertNotIn("descriptor.pb.h", header)
            self.assertNotIn("google/protobuf/message.h", header)
            self.assertNotIn("ExtensionIdentifier", header)
        self.assertIn('#include "t/types.pb.h"', header)
        self.assertIn("class Product final :\n    public ::PROTOBUF_NAMESPACE_ID::MessageLite", header)

    def test_standard_options_and_the_wire_stay(self):
        self.compile_full()
        self.strip()
        message = 'id: "a" colour: CRIMSON steps: -3 inner { raw: "r" } prices { key: "e" }'
        encoded = [
            subprocess.run([PROTOC, f"--descriptor_set_in={self.path(name)}", "--encode=t.Product",
                            "t/shop.proto"], input=message.encode(), capture_output=True,
                           check=True).stdout for name in ("full.desc", "lite.desc")]
        self.assertEqual(encoded[0], encoded[1])
        # The unpacked repeated field: one key a value, so its option survived.
        self.assertIn(b"\x28\x05", encoded[1])

    def test_an_equal_result_is_not_written_again(self):
        self.compile_full()
        self.strip()
        os.utime(self.path("lite.desc"), (1, 1))
        with open(self.path("t/types.proto"), "a", encoding="utf-8") as file:
            file.write("// A comment more.\n")
        self.compile_full()
        self.strip()
        self.assertEqual(os.stat(self.path("lite.desc")).st_mtime, 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
