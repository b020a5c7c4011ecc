# What a build of logslice by itself wants. Nothing here reaches a project that embeds logslice.

if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

# ccache where there is one; never required.
find_program(LOGSLICE_CCACHE ccache)
mark_as_advanced(LOGSLICE_CCACHE)
if(LOGSLICE_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${LOGSLICE_CCACHE}")
endif()
