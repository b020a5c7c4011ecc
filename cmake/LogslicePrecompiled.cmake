# What most of our .cc files include anyway, compiled once per build folder: it takes a second off each
# test and two thirds of one off each file of the library. specs/weight.md has the figures.
#
# Not where there is ccache: it cannot tell what a precompiled header was made of unless its user says
# so, and hits are worth more. Nor outside of builds that have tests (release, fuzz): there each file
# shows that it includes what it uses. Tried with g++ only.

include_guard(GLOBAL)

set(LOGSLICE_PRECOMPILE OFF)
if(PROJECT_IS_TOP_LEVEL
   AND LOGSLICE_BUILD_TESTS
   AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU"
   AND NOT CMAKE_CXX_COMPILER_LAUNCHER MATCHES "ccache")
  set(LOGSLICE_PRECOMPILE ON)
endif()

# The one that all targets of a kind share. Its flags must be those of the files that use it.
function(_logslice_precompiled kind)
  file(WRITE "${PROJECT_BINARY_DIR}/precompiled/${kind}.cc.new" "// Only its precompiled header counts.\n")
  file(COPY_FILE "${PROJECT_BINARY_DIR}/precompiled/${kind}.cc.new"
       "${PROJECT_BINARY_DIR}/precompiled/${kind}.cc" ONLY_IF_DIFFERENT)
  set(target logslice_precompiled_${kind})
  add_library(${target} OBJECT "${PROJECT_BINARY_DIR}/precompiled/${kind}.cc")
  _logslice_warnings(${target})
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_link_libraries(${target} PRIVATE absl::status absl::statusor absl::time Threads::Threads)
  target_precompile_headers(
    ${target}
    PRIVATE
    <algorithm>
    <atomic>
    <chrono>
    <cstdint>
    <cstring>
    <filesystem>
    <functional>
    <map>
    <memory>
    <mutex>
    <optional>
    <string>
    <string_view>
    <thread>
    <utility>
    <vector>
    <absl/status/status.h>
    <absl/status/statusor.h>
    <absl/time/time.h>)
  if(kind STREQUAL "test")
    target_link_libraries(${target} PRIVATE GTest::gmock)
    target_precompile_headers(${target} PRIVATE <sstream> <gmock/gmock.h> <gtest/gtest.h>)
    target_compile_options(${target} PRIVATE "$<$<CONFIG:Debug>:-O0>")
  endif()
endfunction()

# logslice_precompile(target library|test)
#
# Optimised code is left alone where warnings are errors: GCC 12 no longer knows that a precompiled
# std::string is not ours, and says of it what is not so. Elsewhere it is told to be silent about that.
function(logslice_precompile target kind)
  if(NOT LOGSLICE_PRECOMPILE OR (kind STREQUAL "library" AND CMAKE_COMPILE_WARNING_AS_ERROR))
    return()
  endif()
  if(NOT TARGET logslice_precompiled_${kind})
    _logslice_precompiled(${kind})
  endif()
  target_precompile_headers(${target} REUSE_FROM logslice_precompiled_${kind})
  target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endfunction()
