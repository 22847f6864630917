# What the preset `clang` is: every file is read and checked alone, and nothing is made of it.
#
# The other builds that tools/test makes compile in batches, where a file sees what those before it
# include; here it sees its own includes alone, and -Wshadow speaks. Much of the standard library and
# of others' libraries is parsed once, when the folder is configured: a file that forgets one of those
# is found by the presets `release` and `debug`, which take each file alone when a person builds.
if(NOT SOUK_SYNTAX_ONLY)
  return()
endif()
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "SOUK_SYNTAX_ONLY needs clang: use the preset `clang`")
endif()

# One header for all targets: they may not differ in what changes the meaning of a library's header.
set(gate_definitions -DFMT_SHARED -DSIMDJSON_THREADS_ENABLED=1 -DSPDLOG_COMPILED_LIB
    -DSPDLOG_FMT_EXTERNAL -DSPDLOG_SHARED_LIB)
get_target_property(gate_includes Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
list(TRANSFORM gate_includes PREPEND "-isystem")
set(gate_header "${CMAKE_CURRENT_LIST_DIR}/libraries.hpp")
set(gate_parsed "${CMAKE_BINARY_DIR}/libraries.pch")
# Made anew only when it must be: every file depends on it.
if("${gate_header}" IS_NEWER_THAN "${gate_parsed}")
  execute_process(
    COMMAND "${CMAKE_CXX_COMPILER}" -x c++-header -std=c++20 -fPIC ${gate_definitions}
            ${gate_includes} -w -fpch-instantiate-templates "${gate_header}" -o "${gate_parsed}"
    COMMAND_ERROR_IS_FATAL ANY)
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${gate_header}")

# Visibility and -fPIE are the linker's business; with them the parsed headers would not fit.
string(JOIN " " gate_flags "<DEFINES> <INCLUDES> <FLAGS> -fvisibility=default -fPIC" ${gate_definitions}
       "-include-pch ${gate_parsed} -fsyntax-only")
set(CMAKE_CXX_COMPILE_OBJECT "<CMAKE_CXX_COMPILER> ${gate_flags} -c <SOURCE>" "touch <OBJECT>")
set(CMAKE_C_COMPILE_OBJECT
    "<CMAKE_C_COMPILER> <DEFINES> <INCLUDES> <FLAGS> -fsyntax-only -c <SOURCE>" "touch <OBJECT>")
foreach(language C CXX)
  set(CMAKE_${language}_ARCHIVE_CREATE "touch <TARGET>")
  set(CMAKE_${language}_ARCHIVE_APPEND "")
  set(CMAKE_${language}_ARCHIVE_FINISH "")
  foreach(product LINK_EXECUTABLE CREATE_SHARED_LIBRARY CREATE_SHARED_MODULE)
    set(CMAKE_${language}_${product} "touch <TARGET>")
  endforeach()
endforeach()
set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
