# install() and what find_package(logslice) reads. Built only where it was asked for: an embedding
# project installs its own things.

if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(_logslice_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/logslice")

get_property(_logslice_modules GLOBAL PROPERTY LOGSLICE_MODULES)
install(
  TARGETS logslice logslice_pfr ${_logslice_modules}
  EXPORT logsliceTargets
  FILE_SET HEADERS)
install(EXPORT logsliceTargets NAMESPACE logslice:: DESTINATION "${_logslice_package_dir}")

# The copy of Boost.PFR that ./dev setup unpacked goes along, so that the package is whole. A Boost
# of the system does not: the package looks for it where it is used.
if(LOGSLICE_INSTALL_PFR)
  install(DIRECTORY "${LOGSLICE_PFR_UNPACKED}/boost"
          DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/logslice/third_party")
  install(FILES "${PROJECT_SOURCE_DIR}/.deps/boost-copyright" OPTIONAL
          DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/logslice")
endif()
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/logslice")

configure_package_config_file(cmake/logsliceConfig.cmake.in logsliceConfig.cmake
                              INSTALL_DESTINATION "${_logslice_package_dir}")
write_basic_package_version_file(logsliceConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/logsliceConfig.cmake"
              "${PROJECT_BINARY_DIR}/logsliceConfigVersion.cmake"
        DESTINATION "${_logslice_package_dir}")
