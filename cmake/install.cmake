# The libraries, their headers, and a package that find_package(latent) finds.
include(CMakePackageConfigHelpers)

foreach(part IN ITEMS engine nn models train openmp)
  set_target_properties(latent_${part} PROPERTIES EXPORT_NAME ${part})
endforeach()
install(TARGETS latent_engine latent_nn latent_models latent_train latent_openmp EXPORT latent-targets)
foreach(folder IN ITEMS engine nn models train)
  install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/latent FILES_MATCHING
    PATTERN "*.h" PATTERN ops EXCLUDE PATTERN kernels EXCLUDE PATTERN dispatch.h EXCLUDE)
endforeach()
install(FILES engine/kernels/steps.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/latent/engine/kernels)  # for update.h

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/latent)
install(EXPORT latent-targets NAMESPACE latent:: DESTINATION ${package})
get_target_property(openmp latent_openmp INTERFACE_LINK_LIBRARIES)
set(find_openmp "")
if(openmp)
  set(find_openmp "find_dependency(OpenMP COMPONENTS CXX)")
endif()
set(find_mpi "")
if(LATENT_MPI)
  set(find_mpi "find_dependency(MPI COMPONENTS CXX)")
endif()
file(CONFIGURE OUTPUT latent-config.cmake @ONLY CONTENT [[
include(CMakeFindDependencyMacro)
find_dependency(fmt)
@find_openmp@
@find_mpi@
include(${CMAKE_CURRENT_LIST_DIR}/latent-targets.cmake)
]])
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/latent-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/latent-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/latent-config-version.cmake
  DESTINATION ${package})
