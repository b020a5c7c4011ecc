# The four kinds of target, so that each CMakeLists.txt is a list of files and names.
#
# logslice_module(NAME n HEADERS ... SOURCES ... PUBLIC_DEPENDS ... PRIVATE_DEPENDS ...)
#   Library logslice_<n>, alias logslice::<n>. HEADERS are the public ones, under include/; SOURCES
#   are src/*. PUBLIC_DEPENDS is what public headers name, PRIVATE_DEPENDS what only .cc files do.
#
# logslice_test(NAME n_test SOURCES ... DEPENDS ... INTERNALS ... [LABEL l] [TIMEOUT s])
#   A GoogleTest program with gtest's main; each TEST becomes a ctest case "Suite.Name". INTERNALS
#   names modules whose src/ headers the test may include. LABEL: default is the name of the folder.
#   LOGSLICE_SOURCE_DIR is defined as a string: the source tree, for golden files.
#
# logslice_program(NAME n SOURCES ... DEPENDS ...)
#   A command, example or benchmark in <build>/bin.

include_guard(GLOBAL)

include("${CMAKE_CURRENT_LIST_DIR}/LogslicePrecompiled.cmake")

if(LOGSLICE_BUILD_TESTS)
  include(GoogleTest)
endif()

# Warnings for our own code, in our own builds. -Werror comes from the presets.
function(_logslice_warnings target)
  if(NOT PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  # Missing field initialisers are how options structs are meant to be used. The restrict warning of
  # GCC 12 is wrong about std::string (fixed in 13). Clang minds how RapidJSON 1.1 compares iterators.
  target_compile_options(
    ${target}
    PRIVATE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -Wold-style-cast
            -Wcast-qual
            -Wno-missing-field-initializers
            $<$<CXX_COMPILER_ID:Clang>:-Wno-ambiguous-reversed-operator>
            $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
endfunction()

# A header-only dependency of .cc files must not show in what we export.
function(_logslice_private_depends target)
  foreach(dependency IN LISTS ARGN)
    if(dependency STREQUAL "logslice::rapidjson")
      target_link_libraries(${target} PRIVATE "$<BUILD_INTERFACE:logslice_rapidjson>")
    else()
      target_link_libraries(${target} PRIVATE ${dependency})
    endif()
  endforeach()
endfunction()

function(logslice_module)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "HEADERS;SOURCES;PUBLIC_DEPENDS;PRIVATE_DEPENDS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "logslice_module(${arg_NAME}): unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(target logslice_${arg_NAME})
  # A module that has no .cc file is an interface.
  set(scope PUBLIC)
  if(arg_SOURCES)
    add_library(${target})
    target_sources(${target} PRIVATE ${arg_SOURCES})
    target_include_directories(${target} PRIVATE src)
    _logslice_private_depends(${target} ${arg_PRIVATE_DEPENDS})
    _logslice_warnings(${target})
    logslice_precompile(${target} library)
    if(CMAKE_UNITY_BUILD)
      # What is in a .cc file of its own is not less so where several are compiled as one.
      target_compile_options(
        ${target} PRIVATE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    endif()
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(logslice::${arg_NAME} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${arg_NAME} CXX_EXTENSIONS OFF)
  target_compile_features(${target} ${scope} cxx_std_20)
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS include FILES ${arg_HEADERS})
  target_link_libraries(${target} ${scope} ${arg_PUBLIC_DEPENDS})
  set_property(GLOBAL APPEND PROPERTY LOGSLICE_MODULES ${target})
  if(arg_HEADERS)
    set_property(GLOBAL PROPERTY LOGSLICE_HAS_HEADERS TRUE)
  endif()
endfunction()

function(logslice_program)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPENDS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "logslice_program(${arg_NAME}): unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPENDS})
  target_compile_features(${arg_NAME} PRIVATE cxx_std_20)
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin"
                                               CXX_EXTENSIONS OFF UNITY_BUILD OFF)
  _logslice_warnings(${arg_NAME})
  logslice_precompile(${arg_NAME} library)
endfunction()

function(logslice_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;LABEL;TIMEOUT" "SOURCES;DEPENDS;INTERNALS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "logslice_test(${arg_NAME}): unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_LABEL)
    cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME arg_LABEL)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPENDS} GTest::gmock GTest::gtest_main)
  target_compile_features(${arg_NAME} PRIVATE cxx_std_20)
  set_target_properties(${arg_NAME} PROPERTIES CXX_EXTENSIONS OFF UNITY_BUILD OFF)
  target_compile_definitions(${arg_NAME} PRIVATE LOGSLICE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  foreach(module IN LISTS arg_INTERNALS)
    target_include_directories(${arg_NAME} PRIVATE "${PROJECT_SOURCE_DIR}/${module}/src")
    target_link_libraries(${arg_NAME} PRIVATE logslice::${module} logslice::rapidjson)
  endforeach()
  _logslice_warnings(${arg_NAME})
  # What a test says is run once: the optimiser takes longer for it than it saves, under a sanitiser
  # twice as long. Helpers of tests may have loops. A precompiled header is for one of the two.
  foreach(source IN LISTS arg_SOURCES)
    if(source MATCHES "_test\\.cc$")
      set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS "$<$<CONFIG:Debug>:-O0>")
    else()
      set_property(SOURCE ${source} PROPERTY SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
  logslice_precompile(${arg_NAME} test)
  # Listed when ctest starts: a build does not run what it built, and a slow sanitised start fails
  # a test, not the build. A test that says GTEST_SKIP is shown as skipped, not as passed.
  gtest_discover_tests(
    ${arg_NAME}
    NO_PRETTY_VALUES
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 120
    PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} SKIP_REGULAR_EXPRESSION
               "\\[  SKIPPED \\] [0-9]+ test")
endfunction()
