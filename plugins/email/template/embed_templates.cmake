# Writes OUTPUT: the files below FOLDER (templates and translations, no samples) as a table of C++.
# usage: cmake -DFOLDER=… -DOUTPUT=… -P embed_templates.cmake
file(GLOB_RECURSE files RELATIVE "${FOLDER}" "${FOLDER}/*.html" "${FOLDER}/*.txt" "${FOLDER}/translations/*.json")
list(SORT files)
set(table "")
foreach(name IN LISTS files)
  file(READ "${FOLDER}/${name}" text)
  string(APPEND table "    {\"${name}\", R\"souk~(${text})souk~\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Made by embed_templates.cmake.
#include \"plugins/email/template/default_templates.hpp\"

namespace souk::email {
namespace {

constexpr DefaultFile kDefaultFiles[] = {
${table}};

}  // namespace

std::span<const DefaultFile> default_files() noexcept { return kDefaultFiles; }

}  // namespace souk::email
")
