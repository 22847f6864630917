# How a plugin is built. Used inside Souk's tree and, through find_package(SoukSdk), by authors.
#
#   souk_add_plugin(<name> SOURCES <file>… [PROTOS <proto>…] [PROTO_ROOT <dir>] [LINK <target>…])
#     The library <name>.so. PROTOS (its events, settings, services; paths relative to PROTO_ROOT,
#     default: the current source folder) are compiled with the lite runtime; include them as
#     "<path>.souk.hpp". LINK: static libraries compiled with -fPIC, or INTERFACE targets.
#
#   souk_add_plugin_test(<name> PLUGIN <plugin> SOURCES <file>…)
#     A GoogleTest program that loads the plugin's library into the SDK's fake host
#     (souk/testing.hpp); the library's path is the macro SOUK_PLUGIN_LIBRARY. One CTest test.
#     Extra compiler options for such programs may be put into SOUK_PLUGIN_TEST_OPTIONS.
#
#   souk_add_plugin_check(<plugin>)
#     The conformance checker on the built library, as the CTest test <plugin>.check.

include_guard(GLOBAL)
include("${CMAKE_CURRENT_LIST_DIR}/SoukProtobuf.cmake")
include(CheckCXXCompilerFlag)

set(SOUK_SDK_CMAKE_DIR "${CMAKE_CURRENT_LIST_DIR}" CACHE INTERNAL "where the SDK's CMake files are")

# souk_protobuf_traits(<lite target> PROTOS <proto>…)
#
# The `.souk.hpp` headers beside the `.pb.h` of a souk_protobuf_lite() target, on its include path.
function(souk_protobuf_traits target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PROTOS")
  get_target_property(set ${target} SOUK_DESCRIPTOR_SET)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${target}.traits")
  list(TRANSFORM arg_PROTOS REPLACE "\\.proto$" ".souk.hpp" OUTPUT_VARIABLE headers)
  list(TRANSFORM headers PREPEND "${out}/")
  file(MAKE_DIRECTORY "${out}")
  add_custom_command(
    OUTPUT ${headers}
    COMMAND "${SOUK_PYTHON3}" "${SOUK_SDK_CMAKE_DIR}/souk_traits.py" "${set}" "${out}" ${arg_PROTOS}
    DEPENDS "${set}" ${target}_descriptors "${SOUK_SDK_CMAKE_DIR}/souk_traits.py"
            "${SOUK_SDK_CMAKE_DIR}/souk_lite_descriptors.py"
    COMMENT "Traits of ${target}"
    VERBATIM)
  add_custom_target(${target}_traits DEPENDS ${headers})
  add_library(${target}_sdk INTERFACE)
  target_include_directories(${target}_sdk INTERFACE "${out}")
  target_link_libraries(${target}_sdk INTERFACE ${target})
  add_dependencies(${target}_sdk ${target}_traits)
endfunction()

# The descriptors that the library carries, as a source file with an ELF note.
function(souk_plugin_schema name out_source sets targets)
  set(arg_NAME ${name})
  set(schema_set "${CMAKE_CURRENT_BINARY_DIR}/${name}.schema.desc")
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${name}_schema.cpp")
  add_custom_command(
    OUTPUT "${schema_set}"
    COMMAND "${SOUK_PYTHON3}" "${SOUK_SDK_CMAKE_DIR}/souk_plugin_schema.py" "${schema_set}" ${sets}
    DEPENDS ${sets} ${targets} "${SOUK_SDK_CMAKE_DIR}/souk_plugin_schema.py"
            "${SOUK_SDK_CMAKE_DIR}/souk_lite_descriptors.py"
    COMMENT "Schema of ${name}"
    VERBATIM)
  configure_file("${SOUK_SDK_CMAKE_DIR}/plugin_schema.cpp.in" "${source}" @ONLY)
  set_property(SOURCE "${source}" PROPERTY OBJECT_DEPENDS "${schema_set}")
  set(${out_source} "${source}" PARENT_SCOPE)
endfunction()

# What makes any compiler's library safe to load beside others: one exported symbol, nothing undefined,
# never unloaded, no symbol shared with another library by its name.
function(souk_plugin_link_rules target)
  set_target_properties(${target} PROPERTIES
    PREFIX ""
    CXX_VISIBILITY_PRESET hidden
    C_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON
    LINK_DEPENDS "${SOUK_SDK_CMAKE_DIR}/plugin_exports.map")
  check_cxx_compiler_flag(-fno-gnu-unique SOUK_HAS_NO_GNU_UNIQUE)
  if(SOUK_HAS_NO_GNU_UNIQUE)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-gnu-unique>)
  endif()
  target_link_options(${target} PRIVATE
    -Wl,-z,nodelete -Wl,-z,now -Wl,-z,relro -Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,--as-needed
    "-Wl,--version-script=${SOUK_SDK_CMAKE_DIR}/plugin_exports.map")
  # The sanitizers' runtime is in the program, not in the library: only there may symbols be missing.
  get_directory_property(options LINK_OPTIONS)
  if(NOT "${options};${CMAKE_CXX_FLAGS};${CMAKE_SHARED_LINKER_FLAGS};${CMAKE_MODULE_LINKER_FLAGS}"
     MATCHES "-fsanitize=")
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
endfunction()

function(souk_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PROTO_ROOT" "SOURCES;PROTOS;LINK")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "souk_add_plugin(${name}): needs SOURCES; unknown: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_PROTO_ROOT)
    set(arg_PROTO_ROOT "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()

  get_target_property(souk_set souk_schemas_lite SOUK_DESCRIPTOR_SET)
  set(sets "${souk_set}")
  set(set_targets souk_schemas_lite_descriptors)
  set(messages souk_sdk)
  if(arg_PROTOS)
    souk_protobuf_lite(${name}_protos ${arg_PROTOS} ROOT "${arg_PROTO_ROOT}"
                       IMPORTS "${SOUK_SDK_PROTO_DIR}" DEPS souk_sdk)
    souk_protobuf_traits(${name}_protos PROTOS ${arg_PROTOS})
    get_target_property(own_set ${name}_protos SOUK_DESCRIPTOR_SET)
    list(PREPEND sets "${own_set}")
    list(APPEND set_targets ${name}_protos_descriptors)
    list(APPEND messages ${name}_protos_sdk)
  endif()
  souk_plugin_schema(${name} schema_source "${sets}" "${set_targets}")

  # It defines what other files only declare weakly, which clang refuses within one batch.
  set_source_files_properties("${schema_source}" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  add_library(${name} MODULE ${arg_SOURCES} "${schema_source}")
  souk_plugin_link_rules(${name})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_link_libraries(${name} PRIVATE ${messages} ${arg_LINK})
  if(TARGET souk_warnings)  # inside Souk's own tree
    target_link_libraries(${name} PRIVATE souk_warnings)
  endif()
  set_target_properties(${name} PROPERTIES SOUK_MESSAGES "${messages}")
  if(SOUK_PLUGIN_OUTPUT_DIRECTORY)
    set_target_properties(${name} PROPERTIES
                          LIBRARY_OUTPUT_DIRECTORY "${SOUK_PLUGIN_OUTPUT_DIRECTORY}")
  endif()
endfunction()

function(souk_add_plugin_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PLUGIN" "SOURCES;LINK;LABELS")
  if(NOT BUILD_TESTING)
    return()
  endif()
  find_package(GTest REQUIRED)
  get_target_property(messages ${arg_PLUGIN} SOUK_MESSAGES)
  add_executable(${name} ${arg_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_options(${name} PRIVATE ${SOUK_PLUGIN_TEST_OPTIONS})
  target_compile_definitions(${name} PRIVATE
                             "SOUK_PLUGIN_LIBRARY=\"$<TARGET_FILE:${arg_PLUGIN}>\"")
  target_link_libraries(${name} PRIVATE ${messages} ${arg_LINK} GTest::gtest GTest::gtest_main
                        ${CMAKE_DL_LIBS})
  if(SOUK_SANITIZE)
    target_link_libraries(${name} PRIVATE souk_sanitizer_defaults)
  endif()
  add_dependencies(${name} ${arg_PLUGIN})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES COST 20)  # long ones begin first
  if(arg_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}")
  endif()
  if("concurrency" IN_LIST arg_LABELS AND TARGET souk_concurrency)  # inside Souk's own tree
    add_dependencies(souk_concurrency ${name})
  endif()
endfunction()

function(souk_add_plugin_check plugin)
  if(NOT BUILD_TESTING OR SOUK_SANITIZE)
    return()
  endif()
  add_test(NAME ${plugin}.check COMMAND souk-plugin-check "$<TARGET_FILE:${plugin}>")
  set_tests_properties(${plugin}.check PROPERTIES LABELS conformance TIMEOUT 300)
endfunction()
