# The functions that rooms use in their CMakeLists.txt.

# Adds a folder when it holds a CMakeLists.txt; one that appears later is picked up by the next build.
function(souk_add_subdirectory_if_present folder)
  file(GLOB list CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt")
  if(list)
    add_subdirectory(${folder})
  endif()
endfunction()

# Adds every folder below the current one that holds a CMakeLists.txt, in alphabetical order.
function(souk_add_every_subdirectory)
  file(GLOB lists CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" */CMakeLists.txt)
  foreach(list IN LISTS lists)
    get_filename_component(folder "${list}" DIRECTORY)
    add_subdirectory(${folder})
  endforeach()
endfunction()

# What every target of ours has: warnings, `#include "kernel/…"` from the root, `<souk/abi.h>`.
function(souk_common target)
  target_link_libraries(${target} PRIVATE souk_warnings)
  target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}"
                             "${PROJECT_SOURCE_DIR}/sdk/include")
endfunction()

# souk_module(<name> SOURCES … [DEPS …] [CALCULATES])
#
# The static library souk_<name>. Without SOURCES it is header-only. DEPS are public. One that CALCULATES
# is optimised for sanitizers too.
function(souk_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "CALCULATES" "" "SOURCES;DEPS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "souk_module(${name}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(target souk_${name})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    souk_common(${target})
    target_link_libraries(${target} PUBLIC ${arg_DEPS})
    if(arg_CALCULATES AND SOUK_SANITIZE)
      target_compile_options(${target} PRIVATE -O1)
    endif()
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE "${PROJECT_SOURCE_DIR}"
                               "${PROJECT_SOURCE_DIR}/sdk/include")
    target_link_libraries(${target} INTERFACE ${arg_DEPS})
  endif()
endfunction()

# Defaults of the sanitizers, linked into programs so that they hold however a program is started.
if(SOUK_SANITIZE)
  add_library(souk_sanitizer_defaults OBJECT
              "${PROJECT_SOURCE_DIR}/tools/cmake/sanitizer_defaults.c")
endif()

# souk_executable(<name> SOURCES … [DEPS …] [FOLDER <below bin>] [INSTALL])
#
# The program <name> in <build>/bin. It exports nothing: plugins get a table, never our symbols.
# INSTALL adds it to the component runtime.
function(souk_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "INSTALL" "FOLDER" "SOURCES;DEPS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "souk_executable(${name}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  add_executable(${name} ${arg_SOURCES})
  souk_common(${name})
  target_link_libraries(${name} PRIVATE ${arg_DEPS})
  if(SOUK_SANITIZE)
    target_link_libraries(${name} PRIVATE souk_sanitizer_defaults)
  endif()
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin/${arg_FOLDER}")
  if(arg_INSTALL)
    install(TARGETS ${name} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT runtime)
  endif()
endfunction()

# souk_compile_tests_in_batches(<target>)
#
# A test's sources are mostly headers: in batches they cost a quarter. Not under `debug`, where
# people change one and run it, and not where everything is compiled so.
function(souk_compile_tests_in_batches target)
  if(CMAKE_BUILD_TYPE STREQUAL "Debug" OR CMAKE_UNITY_BUILD)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 30)
  target_compile_options(${target} PRIVATE
    -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:$<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>>)
endfunction()

# souk_test(<name> SOURCES … [DEPS …] [LABELS …] [WHOLE] [SERIAL] [CALCULATES]
#           [TIMEOUT <seconds>])
#
# A GoogleTest program in <build>/bin/tests; each case is one CTest test, run in a process of its own
# (WHOLE: the program is one test, for suites that share an expensive set-up). LABELS default to unit;
# known: unit integration e2e compat conformance abi kill concurrency (concurrency is added to another
# label: those tests run under TSan too). SERIAL tests run alone. One that is WHOLE or CALCULATES is
# compiled as the build type says, all others without optimisation.
function(souk_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "WHOLE;SERIAL;CALCULATES" "TIMEOUT" "SOURCES;DEPS;LABELS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "souk_test(${name}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT BUILD_TESTING)
    return()
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  foreach(label IN LISTS arg_LABELS)
    if(NOT label MATCHES "^(unit|integration|e2e|compat|conformance|abi|kill|concurrency)$")
      message(FATAL_ERROR "souk_test(${name}): unknown label ${label}")
    endif()
  endforeach()
  if(arg_LABELS STREQUAL "concurrency")
    list(APPEND arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()

  souk_executable(${name} FOLDER tests SOURCES ${arg_SOURCES}
                  DEPS ${arg_DEPS} GTest::gmock GTest::gmock_main)
  if(NOT (arg_WHOLE OR arg_CALCULATES))
    target_compile_options(${name} PRIVATE ${SOUK_TEST_OPTIONS})
  endif()
  souk_compile_tests_in_batches(${name})
  if("concurrency" IN_LIST arg_LABELS)
    add_dependencies(souk_concurrency ${name})
  endif()
  set(properties TIMEOUT ${arg_TIMEOUT})
  # Those that take longest begin first, so that no processor is left with one of them alone.
  if(arg_WHOLE)
    list(APPEND properties COST 60)
  elseif("kill" IN_LIST arg_LABELS)
    list(APPEND properties COST 30)
  endif()
  if(arg_SERIAL)
    list(APPEND properties RUN_SERIAL TRUE)
  endif()
  if(arg_WHOLE)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES ${properties} LABELS "${arg_LABELS}")
  else()
    gtest_discover_tests(${name} TEST_PREFIX "${name}." TEST_LIST ${name}_cases
                         DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
    # gtest_discover_tests() cannot carry a list as a property: CTest reads the labels from a file.
    set(labels_file "${CMAKE_CURRENT_BINARY_DIR}/${name}_labels.cmake")
    file(CONFIGURE OUTPUT "${labels_file}" @ONLY CONTENT [[
if(@name@_cases)
  set_tests_properties(${@name@_cases} PROPERTIES LABELS "@arg_LABELS@")
endif()
]])
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${labels_file}")
  endif()
endfunction()

# souk_benchmark(<name> SOURCES … [DEPS …] [PLAIN])
#
# A program that measures, in <build>/bin/bench, on Google Benchmark (the source ends with
# BENCHMARK_MAIN()); left out where that library is missing. PLAIN: one that brings its own main() and
# no library. Benchmarks are not part of an ordinary build: the target souk_bench builds all of
# them, tools/bench/run runs them.
function(souk_benchmark name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "PLAIN" "" "SOURCES;DEPS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "souk_benchmark(${name}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT (arg_PLAIN OR TARGET benchmark::benchmark))
    return()
  endif()
  if(NOT arg_PLAIN)
    list(APPEND arg_DEPS benchmark::benchmark)
  endif()
  souk_executable(${name} FOLDER bench SOURCES ${arg_SOURCES} DEPS ${arg_DEPS})
  set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL TRUE)
  add_dependencies(souk_bench ${name})
endfunction()
add_custom_target(souk_bench)

# souk_fuzz_target(<name> SOURCES … [DEPS …] [CORPUS <dir>])
#
# Under the presets `asan` and `fuzz` a libFuzzer program (LLVMFuzzerTestOneInput) in <build>/bin/fuzz
# and a CTest test of five seconds, labelled fuzz, seeded from CORPUS; under any other preset nothing.
# Build them all with the target souk_fuzz.
function(souk_fuzz_target name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "CORPUS" "SOURCES;DEPS")
  if(NOT (SOUK_SANITIZE STREQUAL "address" AND CMAKE_CXX_COMPILER_ID MATCHES "Clang"))
    return()
  endif()
  souk_executable(${name} FOLDER fuzz SOURCES ${arg_SOURCES} DEPS ${arg_DEPS})
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  # What it links tells the fuzzer which branches were taken; other programs carry that along unused,
  # which costs less than a second build of the same code. Generated code parses nothing of its own.
  foreach(dep IN LISTS arg_DEPS)
    if(dep MATCHES "^souk_" AND NOT dep MATCHES "^souk_schemas")
      target_compile_options(${dep} PRIVATE -fsanitize=fuzzer-no-link)
    endif()
  endforeach()
  if(NOT TARGET souk_fuzz)
    add_custom_target(souk_fuzz)
  endif()
  add_dependencies(souk_fuzz ${name})
  # The first folder is where libFuzzer writes what it finds; seeds stay as they are.
  set(grown "${CMAKE_BINARY_DIR}/fuzz-corpus/${name}")
  file(MAKE_DIRECTORY "${grown}")
  set(seeds)
  if(arg_CORPUS)
    get_filename_component(seeds "${arg_CORPUS}" ABSOLUTE)
  endif()
  add_test(NAME fuzz.${name}
           COMMAND ${name} -max_total_time=5 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
                   "-artifact_prefix=${grown}/" "${grown}" ${seeds})
  set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 120)
endfunction()

# souk_protobuf_full(<target> <proto>… [ROOT <dir>] [IMPORTS <dir>…] [DEPS <target>…])
#
# As souk_protobuf_lite() (sdk/cmake/SoukProtobuf.cmake), with the full runtime: descriptors and
# reflection. For the kernel and its tests, never for a plugin.
function(souk_protobuf_full target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "ROOT" "IMPORTS;DEPS")
  if(NOT arg_ROOT)
    set(arg_ROOT "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  get_filename_component(root "${arg_ROOT}" ABSOLUTE)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${target}.full")
  file(MAKE_DIRECTORY "${out}")
  set(names ${arg_UNPARSED_ARGUMENTS})
  if(names)
    list(TRANSFORM names PREPEND "${root}/" OUTPUT_VARIABLE files)
    list(TRANSFORM names REPLACE "\\.proto$" ".pb.cc" OUTPUT_VARIABLE sources)
    list(TRANSFORM names REPLACE "\\.proto$" ".pb.h" OUTPUT_VARIABLE headers)
    list(TRANSFORM sources PREPEND "${out}/")
    list(TRANSFORM headers PREPEND "${out}/")
    list(TRANSFORM arg_IMPORTS PREPEND "-I" OUTPUT_VARIABLE includes)
    add_custom_command(
      OUTPUT ${sources} ${headers}
      COMMAND protobuf::protoc "-I${root}" ${includes} "--cpp_out=${out}" ${names}
      DEPENDS ${files} protobuf::protoc
      COMMENT "Protobuf code of ${target}"
      VERBATIM)
  else()
    file(CONFIGURE OUTPUT "${out}/none.cc" CONTENT "// No protos yet.\n")
    set(sources "${out}/none.cc")
  endif()
  add_library(${target} STATIC ${sources} ${headers})
  target_compile_options(${target} PRIVATE -w ${SOUK_GENERATED_CODE_OPTIONS})
  target_include_directories(${target} SYSTEM PUBLIC "${out}")
  target_link_libraries(${target} PUBLIC ${arg_DEPS} protobuf::libprotobuf)
endfunction()

if(BUILD_TESTING)
  include(GoogleTest)
  # What the preset tsan needs to build.
  add_custom_target(souk_concurrency)
endif()
