# What a person may choose, where things are put, and the tools that make builds quick.

option(SOUK_WERROR "Warnings are errors" OFF)
option(SOUK_USE_CCACHE "Compile through ccache when it is installed" ON)
option(SOUK_USE_FAST_LINKER "Link with mold, or else lld, when installed" ON)
set(SOUK_SANITIZE "" CACHE STRING "empty, address (ASan and UBSan), thread (TSan) or fuzz (libFuzzer)")
set_property(CACHE SOUK_SANITIZE PROPERTY STRINGS "" address thread fuzz)

if(NOT SOUK_SANITIZE MATCHES "^(|address|thread|fuzz)$")
  message(FATAL_ERROR "SOUK_SANITIZE is '${SOUK_SANITIZE}'; allowed: empty, address, thread, fuzz")
endif()
if(SOUK_SANITIZE STREQUAL "fuzz" AND NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "SOUK_SANITIZE=fuzz needs clang (libFuzzer): use the preset `fuzz`")
endif()
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug or RelWithDebInfo" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# C++20 modules are not used; scanning for them would double the work of every build.
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

include(GNUInstallDirs)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(SOUK_PLUGIN_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib/souk/plugins")
set(SOUK_PLUGIN_INSTALL_DIR "${CMAKE_INSTALL_LIBDIR}/souk/plugins")

if(SOUK_USE_CCACHE)
  find_program(SOUK_CCACHE ccache)
  mark_as_advanced(SOUK_CCACHE)
endif()
if(SOUK_CCACHE)
  # base_dir and nohashdir let every clone and build folder share one cache; the sloppiness is what
  # ccache asks for before it caches users of precompiled headers.
  set(SOUK_LAUNCHER env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros "${SOUK_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER ${SOUK_LAUNCHER})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SOUK_LAUNCHER})
endif()

if(SOUK_USE_FAST_LINKER)
  find_program(SOUK_MOLD mold)
  find_program(SOUK_LLD NAMES ld.lld ld.lld-14)
  mark_as_advanced(SOUK_MOLD SOUK_LLD)
  if(SOUK_MOLD)
    add_link_options(-fuse-ld=mold)
  elseif(SOUK_LLD)
    add_link_options(-fuse-ld=lld)
  endif()
endif()
