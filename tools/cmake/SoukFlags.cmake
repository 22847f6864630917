# Flags for everything in this tree. Third parties build plugins with their own flags: nothing here
# may be needed for a plugin to work.

# -g1 keeps backtraces readable (functions and lines) at a third of the size of -g.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1")
if(CMAKE_CXX_FLAGS_DEBUG STREQUAL "-g")  # not set by a preset
  set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g -D_GLIBCXX_ASSERTIONS")
endif()
# For the sanitizers: compiling costs half as much as with -O1, which their tests don't gain; the models
# alone, which calculate, are optimised (souk_module(… CALCULATES)).
set(CMAKE_CXX_FLAGS_SANITIZE "-O0 -g1 -D_GLIBCXX_ASSERTIONS")
set(CMAKE_C_FLAGS_SANITIZE "-O0 -g1")

add_compile_options(-fno-semantic-interposition -ffunction-sections -fdata-sections
                    "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
add_link_options(-Wl,--gc-sections -Wl,--as-needed)

if(SOUK_SANITIZE STREQUAL "address")
  set(SOUK_SANITIZE_FLAGS -fsanitize=address,undefined)
elseif(SOUK_SANITIZE STREQUAL "thread")
  set(SOUK_SANITIZE_FLAGS -fsanitize=thread)
endif()
if(SOUK_SANITIZE)
  list(APPEND SOUK_SANITIZE_FLAGS -fno-omit-frame-pointer)
  if(NOT SOUK_SANITIZE STREQUAL "thread")
    list(APPEND SOUK_SANITIZE_FLAGS -fno-sanitize-recover=all)
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
      # Types of hidden visibility have one typeinfo a library, which this check takes for a mismatch.
      list(APPEND SOUK_SANITIZE_FLAGS -fno-sanitize=function)
    endif()
  endif()
  add_compile_options(${SOUK_SANITIZE_FLAGS})
  add_link_options(${SOUK_SANITIZE_FLAGS})
  add_compile_definitions("SOUK_SANITIZE_${SOUK_SANITIZE}=1")
  if(SOUK_SANITIZE STREQUAL "thread")
    # TSan does not know fences; Asio's queues are locked besides.
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK=1)
  endif()
endif()

# What tests a library is not optimised itself: compiling it costs half as much, and it waits more than it
# works, but where it calculates (souk_test(… CALCULATES)).
set(SOUK_TEST_OPTIONS -O0)
# A plugin's tests load the library that was compiled with all checks; UBSan would cost them a third.
set(SOUK_PLUGIN_TEST_OPTIONS ${SOUK_TEST_OPTIONS})
if(SOUK_SANITIZE STREQUAL "address")
  list(APPEND SOUK_PLUGIN_TEST_OPTIONS -fno-sanitize=undefined)
endif()
# Sanitizers find nothing of ours in generated Protobuf code, and double what compiling it costs;
# optimising it for them costs as much again. Protobuf's headers are others under TSan (fields of a
# map count their own size wrongly when only some who include them are told), so there it stays.
if(SOUK_SANITIZE STREQUAL "thread")
  set(SOUK_GENERATED_CODE_OPTIONS -O0)
elseif(SOUK_SANITIZE)
  set(SOUK_GENERATED_CODE_OPTIONS -fno-sanitize=all -O0)
endif()

# Warnings come as a target, so that generated sources can do without them.
add_library(souk_warnings INTERFACE)
target_compile_options(souk_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
  $<$<COMPILE_LANGUAGE:CXX>:-Wextra-semi>
  $<$<BOOL:${SOUK_WERROR}>:-Werror>)
if(CMAKE_UNITY_BUILD)
  # A local name shadows what another file of the batch keeps to itself: for files alone to say.
  # And gcc takes what a batch includes for headers, in which a class must not hold what is unnamed.
  target_compile_options(souk_warnings INTERFACE -Wno-shadow
    $<$<CXX_COMPILER_ID:GNU>:$<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 reports std::string's operator+ here (PR 105651), and sees uninitialised values where a
  # sanitizer's instrumentation hides the branch that sets them.
  target_compile_options(souk_warnings INTERFACE -Wno-restrict
    $<$<BOOL:${SOUK_SANITIZE}>:-Wno-maybe-uninitialized>)
else()
  # clang counts sign changes under -Wconversion, gcc does not: one meaning for both.
  target_compile_options(souk_warnings INTERFACE -Wno-sign-conversion -Wno-implicit-int-float-conversion)
endif()
