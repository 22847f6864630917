#!/usr/bin/env python3
"""Writes, beside each generated a/b.pb.h, a header a/b.souk.hpp with what the SDK knows at compile time.

For each message its full name (souk::MessageTraits); for each service a struct <Service>Service with
its methods, their messages and the member function that answers each; for souk/v1/event.proto the
list of the standard events. Works on the wire format of a FileDescriptorSet and needs nothing but
Python's standard library. A header is written only when it differs.

usage: souk_traits.py IN.desc OUT_DIR PROTO...
"""

import os
import re
import sys

sys.dont_write_bytecode = True
from souk_lite_descriptors import fields, first  # noqa: E402

CPP_KEYWORDS = set("""alignas alignof and and_eq asm auto bitand bitor bool break case catch char class
compl concept const consteval constexpr constinit const_cast continue co_await co_return co_yield
decltype default delete do double dynamic_cast else enum explicit export extern false float for friend
goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private
protected public register reinterpret_cast requires return short signed sizeof static static_assert
static_cast struct switch template this thread_local throw true try typedef typeid typename union
unsigned using virtual void volatile wchar_t while xor xor_eq""".split())

# descriptor.proto: field numbers.
SET_FILE = 1
FILE_NAME, FILE_PACKAGE, FILE_DEPENDENCY, FILE_MESSAGE, FILE_SERVICE = 1, 2, 3, 4, 6
MESSAGE_NAME, MESSAGE_FIELD, MESSAGE_NESTED, MESSAGE_OPTIONS, MESSAGE_ONEOF = 1, 2, 3, 7, 8
OPTIONS_MAP_ENTRY = 7
FIELD_NUMBER, FIELD_TYPE_NAME, FIELD_ONEOF_INDEX = 3, 6, 9
SERVICE_NAME, SERVICE_METHOD = 1, 2
METHOD_NAME, METHOD_INPUT, METHOD_OUTPUT, METHOD_CLIENT_STREAM, METHOD_SERVER_STREAM = 1, 2, 3, 5, 6

# Imports that have no messages of a plugin's interest, and so no header of this kind.
WITHOUT_TRAITS = ("google/protobuf/",)
EVENT_PROTO = "souk/v1/event.proto"
CUSTOM_FIELD = 15


def text(message, number):
    return first(message, number).decode()


def every(message, number):
    return [payload for n, _, payload, _ in fields(message) if n == number]


def number_of(message, number, default=0):
    return next((payload for n, wire, payload, _ in fields(message) if n == number and wire == 0), default)


def escaped(name):
    return name + "_" if name in CPP_KEYWORDS else name


def snake(name):
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return escaped(re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower())


def messages_of(parents, message):
    """Yields the path of names of a message and of all that are declared inside it."""
    if number_of(first(message, MESSAGE_OPTIONS) or b"", OPTIONS_MAP_ENTRY):
        return
    path = parents + [text(message, MESSAGE_NAME)]
    yield path
    for nested in every(message, MESSAGE_NESTED):
        yield from messages_of(path, nested)


class Names:
    """C++ names of all messages of a descriptor set."""

    def __init__(self, files):
        self.cpp = {}
        for data in files.values():
            package = text(data, FILE_PACKAGE)
            scope = "".join("::" + escaped(part) for part in package.split(".") if part)
            for message in every(data, FILE_MESSAGE):
                for path in messages_of([], message):
                    full = ".".join(([package] if package else []) + path)
                    last = escaped(path[0]) if len(path) == 1 else "_".join(path)
                    self.cpp[full] = scope + "::" + last

    def of(self, type_name):
        return self.cpp[type_name.lstrip(".")]


def service_lines(package, service, names):
    name = text(service, SERVICE_NAME)
    full = (package + "." if package else "") + name
    lines = [f"/// {full}: list it in a plugin's `Services` to answer it, ask one of its methods to call it.",
             f"struct {name}Service {{",
             f'  static constexpr std::string_view name = "{full}";']
    methods = []
    for method in every(service, SERVICE_METHOD):
        method_name = text(method, METHOD_NAME)
        if number_of(method, METHOD_CLIENT_STREAM) or number_of(method, METHOD_SERVER_STREAM):
            sys.exit(f"{full}/{method_name}: streaming methods cannot cross the plugin boundary")
        call = snake(method_name)
        # A struct may not be named like the function that it invokes.
        struct = escaped(method_name)
        methods.append(struct)
        lines += [
            f"  struct {struct} {{",
            f"    using Request = {names.of(text(method, METHOD_INPUT))};",
            f"    using Reply = {names.of(text(method, METHOD_OUTPUT))};",
            f'    static constexpr std::string_view full_name = "{full}/{method_name}";',
            "    template <class Plugin, class... Arguments>",
            "    static auto invoke(Plugin& plugin, Arguments&&... arguments)",
            f"        -> decltype(plugin.{call}(std::forward<Arguments>(arguments)...)) {{",
            f"      return plugin.{call}(std::forward<Arguments>(arguments)...);",
            "    }",
            "  };"]
    lines += [f"  using Methods = ::souk::Types<{', '.join(methods)}>;", "};", ""]
    return lines


def event_lines(data, names):
    """The standard events: the payloads of souk.v1.Event, without `custom`."""
    event = next(m for m in every(data, FILE_MESSAGE) if text(m, MESSAGE_NAME) == "Event")
    oneofs = [text(oneof, 1) for oneof in every(event, MESSAGE_ONEOF)]
    payload = oneofs.index("payload")
    standard = [(names.of(text(f, FIELD_TYPE_NAME)), number_of(f, FIELD_NUMBER))
                for f in every(event, MESSAGE_FIELD)
                if number_of(f, FIELD_ONEOF_INDEX, -1) == payload
                and number_of(f, FIELD_NUMBER) != CUSTOM_FIELD]
    lines = ["namespace souk::v1 {", "",
             "/// Every event of the standard vocabulary, in the order of its field number.",
             "using StandardEvents = ::souk::Types<"]
    lines += [f"    {cpp}{',' if i + 1 < len(standard) else '>;'}" for i, (cpp, _) in enumerate(standard)]
    lines += ["", "/// Field number of a standard event's payload in souk.v1.Event; 15 for any other type.",
              "template <class M>",
              f"inline constexpr unsigned payload_field = {CUSTOM_FIELD};"]
    lines += [f"template <>\ninline constexpr unsigned payload_field<{cpp}> = {number};"
              for cpp, number in standard]
    return lines + ["", "}  // namespace souk::v1", ""]


def header(name, data, names):
    package = text(data, FILE_PACKAGE)
    scope = "::".join(escaped(part) for part in package.split(".") if part)
    stem = name[:-len(".proto")]
    lines = [f"// Generated from {name} by the Souk SDK; changes are lost.", "#pragma once", "",
             "#include <string_view>", "#include <utility>", "", '#include "souk/types.hpp"',
             f'#include "{stem}.pb.h"']
    for dependency in (d.decode() for d in every(data, FILE_DEPENDENCY)):
        if not dependency.startswith(WITHOUT_TRAITS):
            lines.append(f'#include "{dependency[:-len(".proto")]}.souk.hpp"')
    lines.append("")
    own = [".".join(([package] if package else []) + path)
           for message in every(data, FILE_MESSAGE) for path in messages_of([], message)]
    for full in own:
        lines += ["template <>", f"struct souk::MessageTraits<{names.of(full)}> {{",
                  f'  static constexpr std::string_view name = "{full}";', "};"]
    lines.append("")
    if name == EVENT_PROTO:
        lines += event_lines(data, names)
    services = every(data, FILE_SERVICE)
    if services:
        lines += [f"namespace {scope} {{", ""] if scope else []
        for service in services:
            lines += service_lines(package, service, names)
        lines += [f"}}  // namespace {scope}", ""] if scope else []
    return "\n".join(lines)


def write_if_changed(path, content):
    if os.path.exists(path):
        with open(path, encoding="utf-8") as present:
            if present.read() == content:
                # The build system compares times: say that it is up to date.
                os.utime(path)
                return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as target:
        target.write(content)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as source:
        files = {text(data, FILE_NAME): data for data in every(source.read(), SET_FILE)}
    names = Names(files)
    for name in sys.argv[3:]:
        path = os.path.join(sys.argv[2], name[:-len(".proto")] + ".souk.hpp")
        write_if_changed(path, header(name, files[name], names))


if __name__ == "__main__":
    main()
