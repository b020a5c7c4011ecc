# Finds what logslice stands on. Each thing that is missing or too old ends the configuration with a
# sentence that says what to install. Debian 12 has all but Boost.PFR with field names.

# An embedding project links our targets from its own folder, so what they name must be visible there.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)

function(_logslice_need what debian_package)
  message(
    FATAL_ERROR
      "logslice needs ${what}.\n"
      "On Debian or Ubuntu run ./dev setup in the logslice folder, or: apt-get install ${debian_package}\n"
      "Elsewhere install it and add its prefix to CMAKE_PREFIX_PATH.")
endfunction()

# --- Threads -----------------------------------------------------------------------------------
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# --- Abseil ------------------------------------------------------------------------------------
find_package(absl CONFIG QUIET)
if(NOT absl_FOUND)
  _logslice_need("Abseil 20220623 or newer" libabsl-dev)
endif()
# Abseil's package states no version that find_package could compare; its header does. A build of
# Abseil's head defines none and is new enough.
get_target_property(_logslice_absl_dirs absl::config INTERFACE_INCLUDE_DIRECTORIES)
find_file(_logslice_absl_config absl/base/config.h PATHS ${_logslice_absl_dirs} NO_DEFAULT_PATH NO_CACHE)
if(_logslice_absl_config)
  file(STRINGS "${_logslice_absl_config}" _logslice_absl_version
       REGEX "^#define ABSL_LTS_RELEASE_VERSION +[0-9]+")
  string(REGEX MATCH "[0-9]+" _logslice_absl_version "${_logslice_absl_version}")
  if(_logslice_absl_version AND _logslice_absl_version LESS 20220623)
    _logslice_need("Abseil 20220623 or newer, not ${_logslice_absl_version}" libabsl-dev)
  endif()
endif()

# --- Boost.PFR with field names -----------------------------------------------------------------
# boost/pfr/core_name.hpp came with Boost 1.84. reflection's public headers use it. Where the system
# has none, ./dev setup leaves a copy of boost/pfr* in .deps/, which is then installed beside us.
include(GNUInstallDirs)
set(LOGSLICE_PFR_UNPACKED "${PROJECT_SOURCE_DIR}/.deps/include")
if(LOGSLICE_PFR_INCLUDE_DIR AND NOT EXISTS "${LOGSLICE_PFR_INCLUDE_DIR}/boost/pfr/core_name.hpp")
  # It went away since the last configuration, or the caller's hint is wrong: look again.
  unset(LOGSLICE_PFR_INCLUDE_DIR CACHE)
endif()
find_path(
  LOGSLICE_PFR_INCLUDE_DIR
  NAMES boost/pfr/core_name.hpp
  PATHS "${LOGSLICE_PFR_UNPACKED}"
  DOC "Folder that holds boost/pfr/core_name.hpp (Boost 1.84 or newer)")
if(NOT LOGSLICE_PFR_INCLUDE_DIR)
  message(
    FATAL_ERROR
      "logslice needs Boost.PFR with field names: boost/pfr/core_name.hpp, Boost 1.84 or newer.\n"
      "Run ./dev setup in the logslice folder: it unpacks a copy into .deps/.\n"
      "Or install Boost 1.84, or set LOGSLICE_PFR_INCLUDE_DIR to a folder that holds boost/pfr/.")
endif()
if(NOT LOGSLICE_PFR_COMPILES STREQUAL LOGSLICE_PFR_INCLUDE_DIR)
  try_compile(
    _logslice_pfr_ok "${CMAKE_CURRENT_BINARY_DIR}/pfr_check"
    SOURCES "${PROJECT_SOURCE_DIR}/cmake/pfr_check.cc"
    CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${LOGSLICE_PFR_INCLUDE_DIR}"
    CXX_STANDARD 20
    CXX_STANDARD_REQUIRED ON
    OUTPUT_VARIABLE _logslice_pfr_output)
  if(NOT _logslice_pfr_ok)
    message(
      FATAL_ERROR
        "boost/pfr/core_name.hpp in ${LOGSLICE_PFR_INCLUDE_DIR} does not give field names with this "
        "compiler in C++20.\n"
        "logslice needs g++ 12 or clang 14, and Boost 1.84 or newer. Run ./dev setup, or set "
        "LOGSLICE_PFR_INCLUDE_DIR.\n${_logslice_pfr_output}")
  endif()
  set(LOGSLICE_PFR_COMPILES "${LOGSLICE_PFR_INCLUDE_DIR}" CACHE INTERNAL "The PFR that was tried")
endif()
set(LOGSLICE_INSTALL_PFR OFF)
if(LOGSLICE_PFR_INCLUDE_DIR STREQUAL LOGSLICE_PFR_UNPACKED)
  set(LOGSLICE_INSTALL_PFR ON)
endif()

add_library(logslice_pfr INTERFACE)
add_library(logslice::pfr ALIAS logslice_pfr)
set_target_properties(logslice_pfr PROPERTIES EXPORT_NAME pfr)
target_include_directories(logslice_pfr SYSTEM
                           INTERFACE "$<BUILD_INTERFACE:${LOGSLICE_PFR_INCLUDE_DIR}>")
if(LOGSLICE_INSTALL_PFR)
  target_include_directories(logslice_pfr SYSTEM
                             INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/logslice/third_party>")
endif()

# --- RapidJSON ----------------------------------------------------------------------------------
# For .cc files only: no public header names it, so an installed logslice does not need it.
find_path(LOGSLICE_RAPIDJSON_INCLUDE_DIR NAMES rapidjson/rapidjson.h
          DOC "Folder that holds rapidjson/rapidjson.h (1.1 or newer)")
mark_as_advanced(LOGSLICE_RAPIDJSON_INCLUDE_DIR)
if(NOT LOGSLICE_RAPIDJSON_INCLUDE_DIR)
  _logslice_need("RapidJSON 1.1 or newer" rapidjson-dev)
endif()
file(STRINGS "${LOGSLICE_RAPIDJSON_INCLUDE_DIR}/rapidjson/rapidjson.h" _logslice_rapidjson_version
     REGEX "^#define RAPIDJSON_(MAJOR|MINOR)_VERSION +[0-9]+")
string(REGEX REPLACE "[^0-9]+" "." _logslice_rapidjson_version ".${_logslice_rapidjson_version}")
string(REGEX REPLACE "^\\.+|\\.+$" "" _logslice_rapidjson_version "${_logslice_rapidjson_version}")
if(_logslice_rapidjson_version VERSION_LESS 1.1)
  _logslice_need("RapidJSON 1.1 or newer, not ${_logslice_rapidjson_version}" rapidjson-dev)
endif()
add_library(logslice_rapidjson INTERFACE)
add_library(logslice::rapidjson ALIAS logslice_rapidjson)
target_include_directories(logslice_rapidjson SYSTEM INTERFACE "${LOGSLICE_RAPIDJSON_INCLUDE_DIR}")

# --- zlib ---------------------------------------------------------------------------------------
# For .cc files only, but linked: an installed static logslice names it.
find_package(ZLIB 1.2.11 QUIET)
if(NOT ZLIB_FOUND)
  _logslice_need("zlib 1.2.11 or newer" zlib1g-dev)
endif()

# --- For our own programs ------------------------------------------------------------------------
if(LOGSLICE_BUILD_TESTS)
  find_package(GTest QUIET)
  if(NOT GTest_FOUND)
    _logslice_need("GoogleTest for its tests (or LOGSLICE_BUILD_TESTS=OFF)" "libgtest-dev libgmock-dev")
  endif()
  if(NOT TARGET GTest::gmock)
    _logslice_need("GoogleMock for its tests (or LOGSLICE_BUILD_TESTS=OFF)" libgmock-dev)
  endif()
endif()
if(LOGSLICE_BUILD_BENCHMARKS)
  find_package(benchmark QUIET)
  if(NOT benchmark_FOUND)
    _logslice_need("Google Benchmark for its benchmarks (or LOGSLICE_BUILD_BENCHMARKS=OFF)"
                   libbenchmark-dev)
  endif()
endif()
if(LOGSLICE_BUILD_TOOLS)
  find_package(CLI11 QUIET)
  if(NOT CLI11_FOUND)
    _logslice_need("CLI11 for the logslice command (or LOGSLICE_BUILD_TOOLS=OFF)" libcli11-dev)
  endif()
endif()
