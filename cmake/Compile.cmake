# Compiler and linker flags: hardening for all, warnings as errors for own code.
add_library(pt_flags INTERFACE)
target_compile_options(pt_flags INTERFACE
  -fstack-protector-strong -fstack-clash-protection -fcf-protection -fno-omit-frame-pointer
  "$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>")
target_compile_definitions(pt_flags INTERFACE _GLIBCXX_ASSERTIONS)
target_link_options(pt_flags INTERFACE -Wl,-z,relro,-z,now)
if(PT_SANITIZE)
  target_compile_options(pt_flags INTERFACE -fsanitize=${PT_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(pt_flags INTERFACE -fsanitize=${PT_SANITIZE})
endif()
if(PT_FUZZ)
  target_compile_options(pt_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported()

function(pt_own_code target)
  target_link_libraries(${target} PRIVATE pt_flags)
  target_compile_options(${target} PRIVATE -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE -Wthread-safety)
  elseif(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 at -O3 sees overlapping copies in any "literal" + std::string (GCC bug 105651).
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
endfunction()

# A module: library pt_<name>, alias pt::<name>, public headers below include/.
function(pt_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(pt_${name} STATIC ${arg_SOURCES})
  add_library(pt::${name} ALIAS pt_${name})
  target_include_directories(pt_${name} PUBLIC include PRIVATE src)
  target_link_libraries(pt_${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  pt_own_code(pt_${name})
endfunction()
