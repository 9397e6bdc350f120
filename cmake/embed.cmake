# orrery_embed(TARGET NAME FOLDER...): a library that holds every .toml and .csv below the folders as text, so that the
# program is one file and finds its presets wherever it is installed. Declared in src/scenario/embedded.hpp.
function(orrery_embed target name)
  set(files "")
  foreach(folder IN LISTS ARGN)
    file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${folder}/*.toml
         ${PROJECT_SOURCE_DIR}/${folder}/*.csv)
    list(APPEND files ${found})
  endforeach()
  list(SORT files)
  set(output ${PROJECT_BINARY_DIR}/embedded/${name}.cpp)
  set(list_file ${PROJECT_BINARY_DIR}/embedded/${name}.list)
  string(REPLACE ";" "\n" lines "${files}")
  file(CONFIGURE OUTPUT ${list_file} CONTENT "${lines}\n")
  set(inputs ${files})
  list(TRANSFORM inputs PREPEND ${PROJECT_SOURCE_DIR}/)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DLIST=${list_file} -DOUTPUT=${output} -P
            ${PROJECT_SOURCE_DIR}/cmake/write_embedded.cmake
    DEPENDS ${inputs} ${list_file} ${PROJECT_SOURCE_DIR}/cmake/write_embedded.cmake
    VERBATIM)
  add_library(${target} STATIC ${output})
  target_link_libraries(${target} PUBLIC orrery_options)
endfunction()

# orrery_embed_page(TARGET): a library with the script and the style sheet of pages, declared in
# src/report/html/page_assets.hpp. They are built by `npm run build` in web/ and kept in web/dist/, so that building the
# program needs no npm; the browser tests check that they are fresh.
function(orrery_embed_page target)
  set(output ${PROJECT_BINARY_DIR}/embedded/page_assets.cpp)
  set(inputs page.js page.css page.js.sha256 licences.txt)
  list(TRANSFORM inputs PREPEND ${PROJECT_SOURCE_DIR}/web/dist/)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DOUTPUT=${output} -P
            ${PROJECT_SOURCE_DIR}/cmake/write_page_assets.cmake
    DEPENDS ${inputs} ${PROJECT_SOURCE_DIR}/cmake/write_page_assets.cmake
    VERBATIM)
  add_library(${target} STATIC ${output})
  target_link_libraries(${target} PUBLIC orrery_options)
endfunction()
