# Protobuf for plugins: lite runtime, hidden visibility. Used inside Souk's tree and, installed as
# part of the SoukSdk package, by plugin authors; it depends on neither.
#
#   souk_protobuf_lite(<target> <proto>… [ROOT <dir>] [IMPORTS <dir>…] [DEPS <target>…])
#
# Makes the static library <target> from the protos (paths relative to ROOT, which is the folder that
# `import "…"` starts from; default: the current source folder). IMPORTS are further such folders,
# DEPS the targets that hold the generated code of what is imported. Headers come at the proto's own
# path: a/b.proto is <a/b.pb.h>. Protos may use Souk's options: they are taken out of the generated
# code and kept in the descriptor set. Well-known types (google/protobuf/timestamp.proto, …) work:
# their lite form is generated alongside, because Debian's lite library does not hold them.
#
# Extra compiler options for generated code may be put into SOUK_GENERATED_CODE_OPTIONS.
#
# The target property SOUK_DESCRIPTOR_SET is the path of the self-contained FileDescriptorSet
# (imports, options and comments included) that a plugin ships as its schema; depend on the target
# <target>_descriptors to have it built.

include_guard(GLOBAL)

find_package(Protobuf 3.21 REQUIRED)
# A system Python first: one from a version manager may start slowly or be absent under `env -i`.
find_program(SOUK_PYTHON3 NAMES python3 PATHS /usr/bin /usr/local/bin NO_DEFAULT_PATH)
find_program(SOUK_PYTHON3 NAMES python3 REQUIRED)
mark_as_advanced(SOUK_PYTHON3)
set(SOUK_LITE_DESCRIPTORS_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/souk_lite_descriptors.py"
    CACHE INTERNAL "makes descriptors fit for the lite generator")

# Names of the well-known types that these files import, as paths under google/protobuf.
function(souk_protobuf_well_known out root)
  set(found)
  foreach(proto IN LISTS ARGN)
    file(STRINGS "${root}/${proto}" imports REGEX "^import.*\"google/protobuf/[a-z_]+\\.proto\"")
    foreach(line IN LISTS imports)
      string(REGEX REPLACE ".*\"(google/protobuf/[a-z_]+\\.proto)\".*" "\\1" name "${line}")
      if(NOT name STREQUAL "google/protobuf/descriptor.proto")
        list(APPEND found "${name}")
      endif()
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES found)
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

function(souk_protobuf_lite target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "ROOT" "IMPORTS;DEPS")
  if(NOT arg_ROOT)
    set(arg_ROOT "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  get_filename_component(root "${arg_ROOT}" ABSOLUTE)

  set(names)
  set(files)
  foreach(proto IN LISTS arg_UNPARSED_ARGUMENTS)
    get_filename_component(file "${proto}" ABSOLUTE BASE_DIR "${root}")
    file(RELATIVE_PATH name "${root}" "${file}")
    if(name MATCHES "^\\.\\./" OR NOT EXISTS "${file}")
      message(FATAL_ERROR "souk_protobuf_lite(${target}): ${proto} is not a file under ${root}")
    endif()
    list(APPEND names "${name}")
    list(APPEND files "${file}")
    # Lets a changed import list (a new well-known type) show without a manual configure.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  endforeach()
  souk_protobuf_well_known(well_known "${root}" ${names})

  set(out "${CMAKE_CURRENT_BINARY_DIR}/${target}.lite")
  set(full_set "${CMAKE_CURRENT_BINARY_DIR}/${target}.desc")
  set(lite_set "${CMAKE_CURRENT_BINARY_DIR}/${target}.lite.desc")
  file(MAKE_DIRECTORY "${out}")
  set(includes "-I${root}")
  foreach(dir IN LISTS arg_IMPORTS)
    get_filename_component(dir "${dir}" ABSOLUTE)
    list(APPEND includes "-I${dir}")
  endforeach()

  set(sources)
  set(headers)
  foreach(name IN LISTS names well_known)
    string(REGEX REPLACE "\\.proto$" "" stem "${name}")
    list(APPEND sources "${out}/${stem}.pb.cc")
    list(APPEND headers "${out}/${stem}.pb.h")
  endforeach()

  if(names)
    add_custom_command(
      OUTPUT "${full_set}" "${lite_set}"
      COMMAND protobuf::protoc ${includes} --include_imports --include_source_info
              "--descriptor_set_out=${full_set}" ${names}
      COMMAND "${SOUK_PYTHON3}" "${SOUK_LITE_DESCRIPTORS_SCRIPT}" "${full_set}" "${lite_set}"
      DEPENDS ${files} "${SOUK_LITE_DESCRIPTORS_SCRIPT}" protobuf::protoc
      COMMENT "Descriptors of ${target}"
      VERBATIM)
    add_custom_command(
      OUTPUT ${sources} ${headers}
      COMMAND protobuf::protoc "--descriptor_set_in=${lite_set}" "--cpp_out=lite:${out}"
              ${names} ${well_known}
      # The target too: without it Make would let two targets write the descriptors at once.
      DEPENDS "${lite_set}" ${target}_descriptors protobuf::protoc
      COMMENT "Lite Protobuf code of ${target}"
      VERBATIM)
    add_custom_target(${target}_descriptors DEPENDS "${full_set}" "${lite_set}")
  else()
    file(CONFIGURE OUTPUT "${out}/none.cc" CONTENT "// No protos yet.\n")
    set(sources "${out}/none.cc")
  endif()

  add_library(${target} STATIC ${sources} ${headers})
  set_target_properties(${target} PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    SOUK_DESCRIPTOR_SET "${full_set}")
  target_compile_features(${target} PUBLIC cxx_std_20)
  # Generated code is not ours to fix.
  target_compile_options(${target} PRIVATE -w ${SOUK_GENERATED_CODE_OPTIONS})
  target_include_directories(${target} SYSTEM PUBLIC "${out}")
  target_link_libraries(${target} PUBLIC ${arg_DEPS} protobuf::libprotobuf-lite)
endfunction()
