# For a build for another machine, whose packages are not installed here: the libraries from this machine's headers, to which
# the folder LATENT_HEADERS links.  tests/ports.sh passes this file as CMAKE_PROJECT_INCLUDE.
foreach(target IN ITEMS fmt::fmt nlohmann_json::nlohmann_json Catch2::Catch2)
  add_library(${target} INTERFACE IMPORTED)
  target_include_directories(${target} INTERFACE ${LATENT_HEADERS})
endforeach()
set(LATENT_XSIMD ${LATENT_HEADERS})
list(APPEND CMAKE_MODULE_PATH ${LATENT_HEADERS}/cmake)  # for include(Catch)

# fmt's own code is a header as well; compiled once, as the others would take 7 times as long with FMT_HEADER_ONLY.
file(CONFIGURE OUTPUT fmt.cpp CONTENT [[
#include <fmt/format-inl.h>
namespace fmt::detail {
template auto thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template auto decimal_point_impl(locale_ref) -> char;
}
]])
add_library(latent_fmt STATIC ${CMAKE_CURRENT_BINARY_DIR}/fmt.cpp)
target_compile_features(latent_fmt PRIVATE cxx_std_20)
target_include_directories(latent_fmt SYSTEM PRIVATE ${LATENT_HEADERS})
target_link_libraries(fmt::fmt INTERFACE latent_fmt)
